internal import ModelIO
internal import Tensors

/// What of a model the format that it is to be written in has no place for.
enum Losses {
    /// - Returns: a sentence for each thing.
    /// - Throws: `unsupported` where there is one and that is not to be.
    static func check(
        _ format: any ModelFormat, _ path: String, _ reader: any ModelReader, isStrict: Bool
    ) throws -> [String] {
        let losses = format.losses(path: path, tree: reader.tree, tensors: reader.tensors)
        guard isStrict, !losses.isEmpty else { return losses }
        throw SparsifyError(
            .unsupported, "Not all of the model has a place in this file: \(losses.joined(separator: "; ")).",
            file: path,
            remedy: "Without --strict the rest is written.")
    }
}

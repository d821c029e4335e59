internal import ModelIO
internal import Tensors

/// Where the tensors of a file that was written come from: a format may keep them in an order of its own.
struct TensorOrder {
    /// For each tensor of the file, its index in the source.
    private let sources: [Int]

    /// - Throws: `disagreement` where the file has other tensors than the source.
    init(of written: any ModelReader, from source: any ModelReader) throws {
        // A file of one array need not have a name for it.
        guard written.tensors.count != 1 || source.tensors.count != 1 else {
            sources = [0]
            return
        }
        let places = Dictionary(source.tensors.enumerated().map { ($1.name, $0) }) { first, _ in first }
        sources = try written.tensors.map { tensor in
            guard let place = places[tensor.name] else {
                throw Self.disagreement(written, tensor.name, "The file just written has a tensor that was not given.")
            }
            return place
        }
        if let missing = Set(source.tensors.indices).subtracting(sources).min() {
            throw Self.disagreement(
                written, source.tensors[missing].name, "The file just written lacks a tensor that was given.")
        }
    }

    private static func disagreement(_ written: any ModelReader, _ tensor: String, _ message: String) -> SparsifyError {
        SparsifyError(
            .disagreement, message, file: written.path, tensor: tensor,
            remedy: "The file cannot be trusted; please report this.")
    }

    /// What is told of the source's tensors, in the order of the file.
    func callAsFunction<Value>(_ values: [Value]) -> [Value] { sources.map { values[$0] } }
}

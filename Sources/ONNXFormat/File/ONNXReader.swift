public import ModelIO
public import Tensors

/// An open ONNX model. Opening reads the graph; the values of initialisers are read where they lie, piece by piece.
public final class ONNXReader: ModelReader {
    public let path: String
    public let fileSize: Int
    public let tensors: [TensorInfo]
    public let tree: FileTree
    public let warnings: [String]
    private let payloads: [TensorPayload]

    public var formatID: String { ONNXFormat.identifier }

    /// - Throws: `malformed` where the file breaks the rules of the format, `refused` where external data lie elsewhere
    ///   than in a plain file beside it, `limit` where it declares more than the budget allows, `unsupported` for an
    ///   element type that is not known.
    public init(path: String, options: ReadOptions = ReadOptions()) throws(SparsifyError) {
        do throws(SparsifyError) {
            let input = try InputFile(path: path)
            let outline = try ModelOutline(input)
            var finder = PayloadFinder(input, options: options)
            let contents = try ONNXTree(outline, finder: &finder)
            self.path = path
            fileSize = finder.fileSize
            (tensors, tree, payloads) = (contents.tensors, contents.tree, contents.payloads)
            warnings = contents.warnings
        } catch {
            throw error.located(file: path)
        }
    }

    public func read(_ index: Int, _ range: Range<Int>, into destination: UnsafeMutableRawBufferPointer) throws {
        let tensor = tensors[index]
        let width = tensor.elementType.byteWidth
        precondition(
            range.lowerBound >= 0 && range.upperBound <= tensor.elementCount
                && destination.count == range.count * width,
            "elements of the tensor, and room for exactly those")
        do {
            try payloads[index].read(range, width: width, into: destination)
        } catch {
            throw error.located(tensor: tensor.name)
        }
    }
}

public import ModelIO
public import Tensors

/// An open safetensors file, or the shards of a model that an index names.
///
/// Opening reads the headers alone; values are read where they lie, piece by piece.
public final class SafeTensorsReader: ModelReader {
    public let path: String
    public let fileSize: Int
    public let tensors: [TensorInfo]
    public let tree: FileTree
    public let warnings: [String]
    private let files: [InputFile]
    private let places: [(file: Int, offset: Int)]

    public var formatID: String { SafeTensorsFormat.identifier }

    /// - Throws: `malformed` where a file breaks the rules of the format, `refused` where an index names files
    ///   elsewhere, `unsupported` for an element type that is not known.
    public init(path: String, options: ReadOptions = ReadOptions()) throws(SparsifyError) {
        do throws(SparsifyError) {
            let parts = try SafeTensorsParts(path: path, options: options)
            let config = ConfigFile.read(beside: path, followsLinks: options.followsLinks)
            let contents = try SafeTensorsTree(parts, path: path, config: config.text)
            self.path = path
            fileSize = parts.byteCount
            files = parts.files.map(\.input)
            (tensors, tree, places) = (contents.tensors, contents.tree, contents.places)
            warnings = config.warning.map { [$0] } ?? []
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
        let place = places[index]
        do {
            try files[place.file].read(at: place.offset + range.lowerBound * width, into: destination)
        } catch {
            throw error.located(tensor: tensor.name)
        }
    }
}

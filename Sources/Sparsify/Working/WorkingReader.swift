internal import ModelIO
internal import Tensors

/// A reader that shows a working model as its changes leave it. Elements that did not change keep their bits.
final class WorkingReader: ModelReader {
    private let model: WorkingModel
    private var base: any ModelReader { model.reader }

    var path: String { base.path }
    var formatID: String { base.formatID }
    var fileSize: Int { base.fileSize }
    var tensors: [TensorInfo] { base.tensors }
    var tree: FileTree { base.tree }
    var warnings: [String] { base.warnings }

    init(_ model: WorkingModel) { self.model = model }

    func read(_ index: Int, _ range: Range<Int>, into destination: UnsafeMutableRawBufferPointer) throws {
        try base.read(index, range, into: destination)
        model.change(at: index)?.apply(range, to: destination)
    }
}

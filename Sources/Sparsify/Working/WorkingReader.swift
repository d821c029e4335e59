internal import ModelIO
internal import Tensors

/// A reader that shows a working model as its changes leave it. Elements that did not change keep their bits.
final class WorkingReader: LayeredReader {
    private let model: WorkingModel
    var base: any ModelReader { model.reader }

    init(_ model: WorkingModel) { self.model = model }

    func read(_ index: Int, _ range: Range<Int>, into destination: UnsafeMutableRawBufferPointer) throws {
        try base.read(index, range, into: destination)
        model.change(at: index)?.apply(range, to: destination)
    }
}

internal import ModelIO
internal import Networks
internal import Tensors

/// What a look at a part of a tensor tells: that which one parameter of a network is, where a tensor holds several.
enum PartialScan {
    /// - Parameters:
    ///   - index: of the tensor, which is read as a whole.
    ///   - outputs: which element of the view feeds which output.
    static func evidence(
        _ reader: any ModelReader, _ index: Int, _ view: TensorView, outputs: OutputIndexing
    ) throws -> WeightEvidence {
        let tensor = reader.tensors[index]
        let width = tensor.elementType.byteWidth
        let buffer = RawBuffer(byteCount: tensor.byteCount)
        let bytes = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<tensor.byteCount])
        try reader.read(index, 0..<tensor.elementCount, into: bytes)
        let map = OutputMap(outputs, try Shape(view.dimensions))
        var evidence = WeightEvidence(nonzeros: 0, occupiedOutputs: 0)
        var occupied: Set<Int> = []
        view.visit { place, position in
            let start = (position + view.addends[0]) * width
            guard bytes[start..<start + width].contains(where: { $0 != 0 }) else { return }
            evidence.nonzeros += 1
            occupied.insert(map.cell(ofElement: place))
        }
        evidence.occupiedOutputs = occupied.count
        return evidence
    }
}

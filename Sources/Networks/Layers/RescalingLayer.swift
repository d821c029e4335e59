internal import Tensors

/// The preprocessing layer: a scale and an offset for all elements, or one of each for each channel.
struct RescalingLayer: LayerKind {
    static let names = ["Rescaling"]

    private let scale: [Double]
    private let shift: [Double]

    init(_ config: LayerConfig) throws {
        let scale = try config.numbers("scale") ?? [1]
        let shift = try config.numbers("offset") ?? [0]
        self.scale = scale == [1] ? [] : scale
        self.shift = shift == [0] ? [] : shift
    }

    var carriesMask: Bool { true }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        let extents = lowering.extents(inputs[0])
        let varies = max(scale.count, shift.count) > 1
        let depth = extents.last ?? nil
        guard [scale, shift].allSatisfy({ $0.count <= 1 || $0.count == depth }) else {
            throw lowering.failure("Its 'scale' and 'offset' do not fit an input of shape \(extents.text).")
        }
        let affine = Affine(.constants(scale: scale, shift: shift), axes: varies ? [extents.count - 1] : [])
        return [try lowering.push(.affine(affine), inputs)]
    }
}

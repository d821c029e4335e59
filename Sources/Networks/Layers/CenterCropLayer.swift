/// The middle of images; images that are smaller are resized to the size, as much of them as has its aspect ratio.
struct CenterCropLayer: LayerKind {
    static let names = ["CenterCrop", "RandomCrop"]

    private let size: [Int]
    private let channels: ChannelAxis
    private let isRandom: Bool

    init(_ config: LayerConfig) throws {
        size = [try config.integer("height"), try config.integer("width")]
        channels = try config.channels()
        isRandom = config.className == "RandomCrop"
    }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        let image = inputs[0]
        let spatial = try lowering.imageExtents(image, channels)
        if isRandom, lowering.dialect == .keras3 {
            // Outside of training Keras 3 hands images on as they are, though it gives them the other shape.
            guard spatial == size else { throw lowering.unsupported("Keras crops images in training alone") }
            return inputs
        }
        if !isRandom, spatial[0] >= size[0], spatial[1] >= size[1] {
            return [try lowering.window(image, size, channels)]
        }
        let part = try lowering.cropped(image, toAspectOf: size, channels)
        return [try lowering.resized(part, to: size, .bilinear, channels)]
    }
}

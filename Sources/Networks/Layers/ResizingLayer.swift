internal import Tensors

/// Images at another size; cropped or padded first where they are to keep their aspect ratio.
struct ResizingLayer: LayerKind {
    static let names = ["Resizing"]

    private let size: [Int]
    private let interpolation: Resampling.Interpolation
    private let antialias: Bool
    private let crops: Bool
    private let pads: Bool
    private let fill: Double
    private let channels: ChannelAxis

    init(_ config: LayerConfig) throws {
        size = [try config.integer("height"), try config.integer("width")]
        interpolation = try config.interpolation(default: .bilinear)
        antialias = try config.bool("antialias", default: false)
        crops = try config.bool("crop_to_aspect_ratio", default: false)
        pads = try config.bool("pad_to_aspect_ratio", default: false)
        fill = try config.number("fill_value", default: 0)
        channels = try config.channels()
        let mode = try config.optionalString("fill_mode") ?? "constant"
        guard !pads || mode == "constant" else { throw config.unsupported("the fill mode '\(mode)' is not covered") }
    }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        var value = inputs[0]
        if crops {
            value = try lowering.cropped(value, toAspectOf: size, channels)
        } else if pads {
            value = try padded(value, &lowering)
        }
        return [try lowering.resized(value, to: size, interpolation, antialias: antialias, channels)]
    }

    /// Padding goes to both sides alike, so that an odd difference is one short.
    private func padded(_ value: ValueID, _ lowering: inout Lowering) throws -> ValueID {
        let spatial = try lowering.imageExtents(value, channels)
        let heights = AspectRatio.matching(spatial[1], size[0], size[1])
        let widths = AspectRatio.matching(spatial[0], size[1], size[0])
        let top = max(try heights.get() - spatial[0], 0) / 2
        let side = max(try widths.get() - spatial[1], 0) / 2
        if top == 0, side == 0 { return value }
        let padding = Padding(before: [top, side], after: [top, side], channels: channels, value: fill)
        return try lowering.push(.padding(padding), [value])
    }
}

/// Extents that keep an aspect ratio.
enum AspectRatio {
    /// `extent · target / other`, as Keras works it out: in single precision, rounded down.
    static func matching(_ extent: Int, _ target: Int, _ other: Int) -> Result<Int, SparsifyError> {
        Result { () throws(SparsifyError) -> Int in
            let product = try Checked.multiply(extent, target, "extent of an image")
            let quotient = Float(product) / Float(other)
            guard quotient < Float(Int32.max) else {
                throw SparsifyError(.malformed, "An image would have an extent of \(product) / \(other).")
            }
            return Int(quotient)
        }
    }
}

extension Lowering {
    /// Height and width, which must be known.
    func imageExtents(_ value: ValueID, _ channels: ChannelAxis) throws -> [Int] {
        try channels.split(extents(value), rank: 2).spatial.map { try fixed($0) }
    }

    /// The largest part of the middle of an image that has the aspect ratio of a size.
    mutating func cropped(_ value: ValueID, toAspectOf size: [Int], _ channels: ChannelAxis) throws -> ValueID {
        let spatial = try imageExtents(value, channels)
        let height = max(min(spatial[0], try AspectRatio.matching(spatial[1], size[0], size[1]).get()), 1)
        let width = max(min(spatial[1], try AspectRatio.matching(spatial[0], size[1], size[0]).get()), 1)
        return try window(value, [height, width], channels)
    }

    /// The middle of an image; an odd rest is larger behind.
    mutating func window(_ value: ValueID, _ size: [Int], _ channels: ChannelAxis) throws -> ValueID {
        let rest = zip(try imageExtents(value, channels), size).map { $0 - $1 }
        if rest == [0, 0] { return value }
        let before = rest.map { $0 / 2 }
        let cropping = Cropping(before: before, after: zip(rest, before).map { $0 - $1 }, channels: channels)
        return try push(.cropping(cropping), [value])
    }

    mutating func resized(
        _ value: ValueID, to size: [Int], _ interpolation: Resampling.Interpolation, antialias: Bool = false,
        _ channels: ChannelAxis
    ) throws -> ValueID {
        if try channels.split(extents(value), rank: 2).spatial == size.map({ $0 }) { return value }
        let primitive = Resampling(
            size.map { .extent($0) }, interpolation: interpolation, antialias: antialias, channels: channels)
        return try push(.resampling(primitive), [value])
    }
}

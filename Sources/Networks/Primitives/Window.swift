public import Tensors

/// Where a value keeps its channels.
public enum ChannelAxis: String, Sendable, Hashable {
    case last = "channels_last"
    case first = "channels_first"

    /// The spatial extents and the channels of a value with `rank` spatial axes.
    func split(_ extents: Extents, rank: Int) throws(SparsifyError) -> (spatial: Extents, channels: Int?) {
        guard extents.count == rank + 1 else {
            throw SparsifyError(
                .malformed, "A layer over \(rank) spatial axes was given a value of shape \(extents.text).")
        }
        return switch self {
        case .last: (Array(extents.dropLast()), extents[rank])
        case .first: (Array(extents.dropFirst()), extents[0])
        }
    }

    func join(_ spatial: Extents, channels: Int?) -> Extents {
        self == .last ? spatial + [channels] : [channels] + spatial
    }

    /// The position of the channels among `count` extents.
    public func position(count: Int) -> Int { self == .last ? count - 1 : 0 }
}

/// A window that slides over the spatial axes. All lists have one entry for each.
public struct Window: Sendable, Hashable {
    public enum Padding: String, Sendable, Hashable {
        case valid
        /// As many outputs as strides fit the input, rounded up; what is missing is zeros, half of them (rounded down)
        /// before the start.
        case same
        /// As `valid`, after padding before the start so that no output sees what follows it.
        case causal
    }

    public var size: [Int]
    public var strides: [Int]
    public var dilation: [Int]
    public var padding: Padding

    public init(size: [Int], strides: [Int], dilation: [Int]? = nil, padding: Padding) {
        self.size = size
        self.strides = strides
        self.dilation = dilation ?? size.map { _ in 1 }
        self.padding = padding
    }

    /// Zeros before the start of an axis of this extent; as many after its end as the last window asks for.
    public func paddingBefore(_ extent: Int, axis: Int) throws(SparsifyError) -> Int {
        let span = try span(axis)
        switch padding {
        case .valid: return 0
        case .causal: return span - 1
        case .same:
            let covered = max(extent - 1, 0) / strides[axis] * strides[axis]
            return max(try Checked.add(covered, span, "span of all windows") - extent, 0) / 2
        }
    }

    /// Taps of the window.
    func tapCount() throws(SparsifyError) -> Int {
        var product = 1
        for extent in size { product = try Checked.multiply(product, extent, "number of elements of a window") }
        return product
    }

    /// What the window covers along an axis, holes included.
    func span(_ axis: Int) throws(SparsifyError) -> Int {
        try Checked.add(
            try Checked.multiply(size[axis] - 1, dilation[axis], "span of a window"), 1, "span of a window")
    }

    /// Positions of the window over these extents.
    public func outputs(_ spatial: Extents) throws(SparsifyError) -> Extents {
        var result: Extents = []
        for (axis, extent) in spatial.enumerated() {
            guard let extent else {
                result.append(nil)
                continue
            }
            switch padding {
            case .same, .causal: result.append(extent / strides[axis] + (extent % strides[axis] > 0 ? 1 : 0))
            case .valid:
                let span = try span(axis)
                guard span <= extent else {
                    throw SparsifyError(
                        .malformed, "A window that spans \(span) does not fit an input of extent \(extent).")
                }
                result.append((extent - span) / strides[axis] + 1)
            }
        }
        return result
    }
}

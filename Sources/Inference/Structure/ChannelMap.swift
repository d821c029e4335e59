internal import Networks

/// The channels of a program's values, which are the places along their last axes, numbered one after the other.
/// Channels that can only be kept or left out together are joined.
struct ChannelMap {
    private let ranges: [Range<Int>]
    private var parents: [Int32]

    /// Programs with more channels stay as they are.
    static let maximumCount = 1 << 22

    /// Nil where there are too many channels.
    init?(_ values: [Value]) {
        var ranges: [Range<Int>] = []
        var count = 0
        for value in values {
            let channels = (value.extents?.last ?? nil) ?? 0
            guard channels <= Self.maximumCount - count else { return nil }
            ranges.append(count..<count + channels)
            count += channels
        }
        self.ranges = ranges
        parents = (0..<Int32(count)).map(\.self)
    }

    var count: Int { parents.count }

    /// The channels of a value; none where its last axis is open, or where it has no axes.
    subscript(_ value: ValueID) -> Range<Int> { ranges[value.index] }

    /// Ranges of all values.
    var all: [Range<Int>] { ranges }

    /// The channel that stands for all that are joined with this one.
    mutating func root(_ channel: Int) -> Int {
        var channel = channel
        while parents[channel] != channel {
            parents[channel] = parents[Int(parents[channel])]
            channel = Int(parents[channel])
        }
        return channel
    }

    mutating func join(_ first: Int, _ second: Int) {
        let (a, b) = (root(first), root(second))
        parents[max(a, b)] = Int32(min(a, b))
    }
}

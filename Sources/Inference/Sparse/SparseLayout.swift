/// How an array of weights is a matrix from inputs to outputs: (taps, channels / groups, outputs), where the outputs of
/// group g are summed over the channels of group g alone. Inputs are numbered tap by tap, channel by channel.
struct SparseLayout: Hashable {
    var outputs: Int
    var taps = 1
    var channels: Int
    var groups = 1
    /// Whether the weights lie in blocks of channels, so that what they are multiplied with stays in the smallest cache
    /// from output to output.
    var isBlocked = false

    /// Inputs of a block.
    private static let blockDepth = 288

    /// Channels of a block.
    var blockChannels: Int { isBlocked && groups == 1 ? max(Self.blockDepth / max(taps, 1), 1) : max(channels, 1) }
    var blocks: Int { max((channels - 1) / blockChannels + 1, 1) }

    var depth: Int { taps * channels }
}

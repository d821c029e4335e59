/// How an array of weights is a matrix from inputs to outputs: (taps, channels / groups, outputs), where the outputs of
/// group g are summed over the channels of group g alone. Inputs are numbered tap by tap, channel by channel.
struct SparseLayout: Hashable {
    var outputs: Int
    var taps = 1
    var channels: Int
    var groups = 1

    var depth: Int { taps * channels }
}

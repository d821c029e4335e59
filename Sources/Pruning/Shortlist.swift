/// How the keys of one tile, or of many, lie about a bracket: those in it are kept, of the others a count is enough.
struct Shortlist<Key: FixedWidthInteger & Sendable>: Sendable {
    /// Keys below the bracket.
    var below = 0
    /// Keys at its ends; ties there may be many, so they are counted. A bracket of one key has all of it in both.
    var atLow = 0
    var atHigh = 0
    /// The keys between its ends, in order of position.
    var inside: [Key] = []
    /// Keys of the largest score, which stands for NaN and infinities.
    var nonfinite = 0

    /// How many keys are below `threshold`, which lies in `bracket`, and how many equal it.
    func census(_ threshold: Key, in bracket: ClosedRange<Key>) -> (below: Int, equal: Int) {
        guard threshold > bracket.lowerBound else { return (below, atLow) }
        var smaller = 0
        var equal = 0
        for key in inside {
            smaller += key < threshold ? 1 : 0
            equal += key == threshold ? 1 : 0
        }
        return (below + atLow + smaller, threshold == bracket.upperBound ? atHigh : equal)
    }
}

/// Selection without sorting everything.
enum Selection {
    /// The element of rank `rank` (0 is the lowest).
    static func element<Key: FixedWidthInteger>(ofRank rank: Int, in keys: [Key]) -> Key {
        let low = keys.min()!
        let width = Key.bitWidth - (keys.max()! &- low).leadingZeroBitCount
        // Counted in 65,536 steps between the least and the greatest, then sorted within the step it falls into.
        let shift = Key(max(width - 16, 0))
        let histogram = KeyHistogram()
        for key in keys { histogram.bins[Int(truncatingIfNeeded: (key &- low) &>> shift)] &+= 1 }
        let found = histogram.bin(ofRank: rank)
        return keys.filter { Int(truncatingIfNeeded: ($0 &- low) &>> shift) == found.bin }.sorted()[rank - found.below]
    }
}

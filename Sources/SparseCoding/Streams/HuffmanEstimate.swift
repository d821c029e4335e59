/// What a Huffman code takes, to the bit: closer to what zlib does than the entropy, and in integers, so that choices
/// made by it are the same on every machine.
enum HuffmanEstimate {
    /// Bytes of the coded symbols of this histogram, without a code table.
    static func bytes(_ histogram: UnsafeBufferPointer<UInt32>) -> Int {
        let counts = histogram.lazy.filter { $0 > 0 }.map(Int.init).sorted()
        guard counts.count > 1 else { return (counts.first ?? 0) / 8 }
        // Leaves and joined nodes both come in ascending order, so the two least are at the heads of two queues
        // (van Leeuwen 1976). Each join costs one bit for every symbol below it.
        var joined: [Int] = []
        joined.reserveCapacity(counts.count)
        var leaf = 0
        var node = 0
        func least() -> Int {
            if node == joined.count || (leaf < counts.count && counts[leaf] <= joined[node]) {
                leaf += 1
                return counts[leaf - 1]
            }
            node += 1
            return joined[node - 1]
        }
        var bits = 0
        for _ in 1..<counts.count {
            let weight = least() + least()
            bits += weight
            joined.append(weight)
        }
        return (bits + 7) / 8
    }
}

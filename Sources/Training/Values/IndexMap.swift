/// Where each element of a row comes from: a position in the row it is made from, or −1 where it is a constant.
struct IndexMap {
    let sources: [Int32]
    let inputCount: Int

    init(_ sources: [Int32], inputCount: Int) {
        self.sources = sources
        self.inputCount = inputCount
    }

    /// Positions of an array with these extents, whose neighbours along each axis lie `steps` apart in the source.
    static func map(_ extents: [Int], steps: [Int], start: Int) -> [Int32] {
        var result: [Int32] = [Int32(start)]
        for (extent, step) in zip(extents, steps) {
            var next: [Int32] = []
            next.reserveCapacity(result.count * extent)
            for place in result { for index in 0..<extent { next.append(place + Int32(index * step)) } }
            result = next
        }
        return result
    }

    func apply<N: Number>(
        _ source: UnsafePointer<N>, _ target: UnsafeMutablePointer<N>, rows: Int, filling: N = .zero
    ) {
        sources.withUnsafeBufferPointer { sources in
            for row in 0..<rows {
                let from = source + row * inputCount
                let to = target + row * sources.count
                for (index, place) in sources.enumerated() { to[index] = place < 0 ? filling : from[Int(place)] }
            }
        }
    }

    /// Adds each element to where it came from.
    func addBack<N: Number>(_ source: UnsafePointer<N>, _ target: UnsafeMutablePointer<N>, rows: Int) {
        sources.withUnsafeBufferPointer { sources in
            for row in 0..<rows {
                let from = source + row * sources.count
                let to = target + row * inputCount
                for (index, place) in sources.enumerated() where place >= 0 { to[Int(place)] += from[index] }
            }
        }
    }
}

/// A smaller array repeated over the rows of a larger one: its axes are the larger one's last ones, extents of 1 are
/// repeated.
struct Broadcast {
    private enum Form {
        case whole
        /// Element i is that at i modulo the count.
        case cyclic
        case map([Int32])
    }

    private let form: Form
    /// Elements of the smaller array.
    let count: Int
    /// Elements of a row of the larger one.
    let rowCount: Int

    init(_ shape: [Int], over extents: [Int]) {
        let filled = Array(repeating: 1, count: max(extents.count - shape.count, 0)) + shape
        let count = shape.reduce(1, *)
        let rowCount = extents.reduce(1, *)
        self.count = count
        self.rowCount = rowCount
        let tail = filled.drop { $0 == 1 }
        if filled == extents {
            form = .whole
        } else if tail.elementsEqual(extents.suffix(tail.count)) {
            form = .cyclic
        } else {
            let steps = zip(filled, strides(filled)).map { $0 == 1 ? 0 : $1 }
            form = .map(IndexMap.map(extents, steps: steps, start: 0))
        }
    }

    /// Whether the arrays are of the same shape.
    var isWhole: Bool { if case .whole = form { true } else { false } }

    /// Calls `body` with each position in a row and that of the element there.
    @inline(__always)
    func visit(_ body: (_ position: Int, _ element: Int) -> Void) {
        switch form {
        case .whole: for index in 0..<rowCount { body(index, index) }
        case .cyclic:
            var start = 0
            while start < rowCount {
                for index in 0..<count { body(start + index, index) }
                start += count
            }
        case .map(let map): for index in 0..<rowCount { body(index, Int(map[index])) }
        }
    }

    /// Adds the repeated elements to each of some rows.
    func add<N: Number>(_ source: UnsafePointer<N>, to target: UnsafeMutablePointer<N>, rows: Int) {
        for row in 0..<rows {
            let base = target + row * rowCount
            visit { base[$0] += source[$1] }
        }
    }

    /// Adds to each element what lies in its places in all rows.
    func sum<N: Number>(_ rowsOf: UnsafePointer<N>, rows: Int, into target: UnsafeMutablePointer<N>) {
        for row in 0..<rows {
            let base = rowsOf + row * rowCount
            visit { target[$1] += base[$0] }
        }
    }
}

/// How the axes of several values lie over those of a result: distances between neighbours, 0 along what is repeated.
/// Neighbouring axes that all values walk alike are one axis here.
struct Broadcast: Sendable {
    let dimensions: [Int]
    /// For each value, one distance for each axis.
    let steps: [[Int]]

    /// Shorter values are filled up behind the rows, as Keras does.
    init(_ values: [ValueLayout], over result: ValueLayout) {
        let rank = result.extents.count
        let rows = values.map { value in
            let filled = [value.rows] + Array(repeating: 1, count: max(rank - value.extents.count, 0)) + value.extents
            let distances = strides(filled)
            return zip(filled, distances).map { $0 == 1 ? 0 : $1 }
        }
        var dimensions: [Int] = []
        var steps: [[Int]] = values.map { _ in [] }
        for (axis, extent) in result.dimensions.enumerated() where extent != 1 {
            let isSame =
                !dimensions.isEmpty
                && rows.indices.allSatisfy { steps[$0][dimensions.count - 1] == rows[$0][axis] * extent }
            if isSame {
                dimensions[dimensions.count - 1] *= extent
                for index in rows.indices { steps[index][dimensions.count - 1] = rows[index][axis] }
            } else {
                dimensions.append(extent)
                for index in rows.indices { steps[index].append(rows[index][axis]) }
            }
        }
        if dimensions.isEmpty {
            dimensions = [1]
            steps = values.map { _ in [0] }
        }
        self.dimensions = dimensions
        self.steps = steps
    }

    /// Elements of the innermost axis.
    var inner: Int { dimensions[dimensions.count - 1] }
    /// How often that axis is walked.
    var outer: Int { dimensions.dropLast().reduce(1, *) }

    func innerStep(_ value: Int) -> Int { steps[value][dimensions.count - 1] }

    /// Where a walk of the innermost axis begins in a value.
    @inline(__always)
    func offset(_ value: Int, _ walk: Int) -> Int {
        var rest = walk
        var offset = 0
        for axis in stride(from: dimensions.count - 2, through: 0, by: -1) {
            offset += rest % dimensions[axis] * steps[value][axis]
            rest /= dimensions[axis]
        }
        return offset
    }
}

/// A value repeated to fill a larger one.
struct BroadcastCopy<T: Scalar>: Sendable {
    private let broadcast: Broadcast
    let count: Int

    init(from source: ValueLayout, to result: ValueLayout) {
        broadcast = Broadcast([source], over: result)
        count = result.count
    }

    func run(_ source: UnsafePointer<T>, into target: UnsafeMutablePointer<T>) {
        let inner = broadcast.inner
        let step = broadcast.innerStep(0)
        for walk in 0..<broadcast.outer {
            let from = source + broadcast.offset(0, walk)
            let to = target + walk * inner
            if step == 1 {
                to.copy(from, inner)
            } else {
                for index in 0..<inner { to[index] = from[index * step] }
            }
        }
    }
}

/// The axes of an array brought into another order, and back.
struct AxisOrder {
    /// Extents and source distances along the axes of the result; neighbours that lie together are one.
    private let extents: [Int]
    private let steps: [Int]
    let isIdentity: Bool

    /// - Parameter order: for each axis of the result, the axis it was.
    init(_ dimensions: [Int], _ order: [Int]) {
        let distances = strides(dimensions)
        var extents: [Int] = []
        var steps: [Int] = []
        for axis in order where dimensions[axis] != 1 {
            if let last = steps.last, last == distances[axis] * dimensions[axis] {
                extents[extents.count - 1] *= dimensions[axis]
                steps[steps.count - 1] = distances[axis]
            } else {
                extents.append(dimensions[axis])
                steps.append(distances[axis])
            }
        }
        self.extents = extents.isEmpty ? [dimensions.reduce(1, *)] : extents
        self.steps = steps.isEmpty ? [1] : steps
        isIdentity = self.steps == [1]
    }

    /// Writes the elements in the new order.
    func apply<N: Number>(_ source: UnsafePointer<N>, _ target: UnsafeMutablePointer<N>) {
        walk { place, from, step, count in
            for index in 0..<count { target[place + index] = source[from + index * step] }
        }
    }

    /// Adds elements that are in the new order to where they came from.
    func addBack<N: Number>(_ source: UnsafePointer<N>, _ target: UnsafeMutablePointer<N>) {
        walk { place, from, step, count in
            for index in 0..<count { target[from + index * step] += source[place + index] }
        }
    }

    @inline(__always)
    private func walk(_ body: (_ place: Int, _ from: Int, _ step: Int, _ count: Int) -> Void) {
        guard !extents.contains(0) else { return }
        let inner = extents.count - 1
        var counters = [Int](repeating: 0, count: extents.count)
        var (place, from) = (0, 0)
        while true {
            body(place, from, steps[inner], extents[inner])
            place += extents[inner]
            var axis = inner - 1
            while axis >= 0 {
                counters[axis] += 1
                from += steps[axis]
                if counters[axis] < extents[axis] { break }
                from -= steps[axis] * extents[axis]
                counters[axis] = 0
                axis -= 1
            }
            if axis < 0 { return }
        }
    }
}

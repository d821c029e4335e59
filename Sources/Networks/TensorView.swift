public import Tensors

/// Elements of a tensor under other axes: transposed, or a part of it. The tensor itself stays as it is.
///
/// Element (i₀, i₁, …) is the one at position `offsets[0][i₀] + offsets[1][i₁] + …` of the tensor, row-major; or, with
/// several `addends`, the sum of the elements that lie so far from there.
public struct TensorView: Sendable, Hashable {
    public private(set) var offsets: [[Int]]
    public var addends: [Int] = [0]

    /// All elements of a tensor, in order.
    public init(_ shape: Shape) {
        var stride = shape.elementCount
        offsets = shape.dimensions.map { extent in
            stride = extent > 0 ? stride / extent : 0
            return (0..<extent).map { $0 * stride }
        }
    }

    public var dimensions: [Int] { offsets.map(\.count) }

    /// `Int.max` where there are more than this machine can count.
    public var elementCount: Int {
        var product = 1
        for axis in offsets {
            let (next, overflow) = product.multipliedReportingOverflow(by: axis.count)
            if overflow { return .max }
            product = next
        }
        return product
    }

    /// Whether it is all of a tensor of so many elements, in order.
    public func isWhole(_ count: Int) -> Bool {
        guard addends == [0], elementCount == count else { return false }
        var stride = 1
        for axis in offsets.reversed() {
            guard axis.enumerated().allSatisfy({ $1 == $0 * stride }) else { return false }
            stride *= axis.count
        }
        return true
    }

    /// The axes in another order: axis i of the result is axis `order[i]` of this.
    public func transposed(_ order: [Int]) -> TensorView {
        var copy = self
        copy.offsets = order.map { offsets[$0] }
        return copy
    }

    /// Some of the elements along one axis, in an order of their own.
    public func selecting(_ indices: [Int], axis: Int) -> TensorView {
        var copy = self
        copy.offsets[axis] = indices.map { offsets[axis][$0] }
        return copy
    }

    /// A new axis of extent 1 before the one at this position.
    public func inserting(axis: Int) -> TensorView {
        var copy = self
        copy.offsets.insert([0], at: axis)
        return copy
    }

    /// Without an axis of extent 1.
    public func removing(axis: Int) -> TensorView {
        precondition(offsets[axis].count == 1, "an axis of extent 1 is removed")
        var copy = self
        let offset = copy.offsets.remove(at: axis)[0]
        copy.addends = addends.map { $0 + offset }
        return copy
    }

    /// Two neighbouring axes as one.
    public func merging(axis: Int) -> TensorView {
        var copy = self
        let second = copy.offsets.remove(at: axis + 1)
        copy.offsets[axis] = offsets[axis].flatMap { first in second.map { first + $0 } }
        return copy
    }

    /// One axis as several, whose extents multiply to its own.
    public func splitting(axis: Int, into extents: [Int]) -> TensorView? {
        let table = offsets[axis]
        guard extents.reduce(1, *) == table.count else { return nil }
        if extents.count == 1 { return self }
        var stride = table.count
        var parts: [[Int]] = []
        for extent in extents {
            stride = extent > 0 ? stride / extent : 0
            parts.append((0..<extent).map { table[$0 * stride] - table[0] })
        }
        var copy = self
        copy.offsets.replaceSubrange(axis...axis, with: parts)
        if let first = table.first { copy.addends = addends.map { $0 + first } }
        // The elements of an axis need not lie evenly.
        return copy.merged(axis, count: extents.count) == table.map { $0 - (table.first ?? 0) } ? copy : nil
    }

    private func merged(_ axis: Int, count: Int) -> [Int] {
        offsets[axis..<axis + count].reduce([0]) { sums, next in sums.flatMap { sum in next.map { sum + $0 } } }
    }

    /// Calls `body` with each element's position in the view, row-major, and in the tensor, the addends not counted.
    @inlinable
    public func visit(_ body: (_ place: Int, _ position: Int) -> Void) {
        guard elementCount > 0 else { return }
        let last = offsets.last ?? [0]
        let outer = Array(offsets.dropLast())
        var indices = [Int](repeating: 0, count: outer.count)
        var place = 0
        while true {
            var base = 0
            for axis in outer.indices { base += outer[axis][indices[axis]] }
            for offset in last {
                body(place, base + offset)
                place += 1
            }
            var axis = outer.count - 1
            while axis >= 0 {
                indices[axis] += 1
                if indices[axis] < outer[axis].count { break }
                indices[axis] = 0
                axis -= 1
            }
            if axis < 0 { return }
        }
    }
}

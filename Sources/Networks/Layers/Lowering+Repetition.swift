internal import Tensors

/// Elements repeated, mirrored and padded along any axis.
extension Lowering {
    /// A value `count` times along an axis: each element (`byElement`), or the whole.
    mutating func multiplied(_ value: ValueID, axis: Int, count: Int, byElement: Bool) throws -> ValueID {
        if count == 1 { return value }
        let extents = extents(value)
        let place = byElement ? axis + 1 : axis
        let spread = try inserting(axes: [place], into: value)
        let shape = [count] + Array(repeating: 1, count: extents.count - place)
        let ones = try push(.constant(Constant([1], extents: shape)), [value])
        let repeated = try push(.elementwise(Elementwise(.select)), [ones, spread, spread])
        var target = extents
        target[axis] = try extents[axis].map { try Checked.multiply($0, count, "extent of a repeated value") }
        return try reshape(repeated, target)
    }

    /// A number before and after the elements of each axis.
    mutating func padded(_ value: ValueID, _ widths: [(Int, Int)], with number: Double) throws -> ValueID {
        var value = value
        let rank = extents(value).count
        func isPadded(_ axis: Int) -> Bool { widths[axis] != (0, 0) }
        let axes = (0..<rank).filter(isPadded)
        guard let last = axes.last, let first = axes.first else { return value }
        if last < rank - 1 || first > 0 {
            // An axis that is not padded stands in for the channels.
            let channels: ChannelAxis = last < rank - 1 ? .last : .first
            let spatial = channels == .last ? widths.dropLast() : widths.dropFirst()
            let padding = Padding(
                before: spatial.map(\.0), after: spatial.map(\.1), channels: channels, value: number)
            return try push(.padding(padding), [value])
        }
        var target = extents(value)
        target.append(1)
        value = try reshape(value, target)
        let padding = Padding(before: widths.map(\.0), after: widths.map(\.1), channels: .last, value: number)
        value = try push(.padding(padding), [value])
        return try reshape(value, Array(extents(value).dropLast()))
    }

    /// The elements of each axis mirrored at its ends.
    ///
    /// - Parameter edge: 1 where the last element itself is not repeated, 0 where it is.
    mutating func mirrored(_ value: ValueID, _ widths: [(Int, Int)], edge: Int) throws -> ValueID {
        var value = value
        for (axis, width) in widths.enumerated() where width != (0, 0) {
            let extent = try fixed(extents(value)[axis])
            guard max(width.0, width.1) <= extent - edge else {
                throw failure("An extent of \(extent) cannot be padded by \(max(width.0, width.1)) with itself.")
            }
            var parts = [value]
            if width.0 > 0 {
                let start = width.0 - 1 + edge
                parts.insert(try slice(value, axis: axis, start: start, count: width.0, step: -1), at: 0)
            }
            if width.1 > 0 {
                parts.append(try slice(value, axis: axis, start: extent - 1 - edge, count: width.1, step: -1))
            }
            value = try concatenate(parts, axis: axis)
        }
        return value
    }
}

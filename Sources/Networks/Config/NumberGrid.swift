internal import Tensors

/// Numbers in nested lists, all of one length at each level.
struct NumberGrid: Sendable {
    let extents: [Int]
    /// Row-major.
    let values: [Double]

    init?(_ json: JSONValue) {
        guard let values = json.flattenedNumbers else { return nil }
        var extents: [Int] = []
        var level = json["config"]?["value"] ?? json
        while let list = level.array {
            extents.append(list.count)
            guard let first = list.first else { break }
            level = first
        }
        guard (try? Shape(extents).elementCount) == values.count else { return nil }
        self.extents = extents
        self.values = values
    }

    private static let maximumCount = 1 << 24

    /// The numbers repeated to a shape whose last axes are theirs, as NumPy does.
    ///
    /// - Throws: `malformed` where they do not fit it.
    func broadcast(to target: [Int]) throws(SparsifyError) -> [Double] {
        let count = try Shape(target).elementCount
        let offset = target.count - extents.count
        var fits = offset >= 0 || values.count == 1
        for (position, extent) in extents.enumerated() where fits && offset >= 0 {
            fits = extent == 1 || extent == target[offset + position]
        }
        guard fits else {
            throw SparsifyError(.malformed, "Numbers of shape \(extents) do not fit the shape \(target).")
        }
        if values.count == 1 { return [values[0]] }
        if values.count == count { return values }
        guard count <= Self.maximumCount else {
            throw SparsifyError(.malformed, "Numbers are repeated to the shape \(target), which is too large.")
        }
        return (0..<count).map { index in
            var (rest, position, stride) = (index, 0, 1)
            for axis in target.indices.reversed() {
                let coordinate = rest % target[axis]
                rest /= target[axis]
                guard axis >= offset else { continue }
                let extent = extents[axis - offset]
                position += (extent == 1 ? 0 : coordinate) * stride
                stride *= extent
            }
            return values[position]
        }
    }
}

extension LayerConfig {
    /// Numbers in nested lists; nil where there are none.
    func grid(_ key: String) throws -> NumberGrid? {
        guard let value = value(key) else { return nil }
        guard let grid = NumberGrid(value) else {
            throw failure("'\(key)' is \(value.summary), not numbers in a grid.")
        }
        return grid
    }
}

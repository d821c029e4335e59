internal import Networks

/// A parameter that no file holds: what is left of one, or numbers that were worked out.
enum DerivedParameter: Hashable {
    case cut(ParameterCut)
    case values([Double])
}

/// Some rows and columns of each matrix that a parameter consists of; a vector is one row.
struct ParameterCut: Hashable {
    var base: ParameterReference
    var extents: [Int]
    /// Which are kept, ascending; nil: all of them.
    var keptRows: [Int]?
    var keptColumns: [Int]?

    private var rowCount: Int { extents.count > 1 ? extents[extents.count - 2] : 1 }
    private var columnCount: Int { extents[extents.count - 1] }

    var shape: [Int] {
        var shape = extents
        if let keptRows { shape[shape.count - 2] = keptRows.count }
        if let keptColumns { shape[shape.count - 1] = keptColumns.count }
        return shape
    }

    func applied<T: Scalar>(to storage: Storage<T>) -> Storage<T> {
        let result = Storage<T>(count: shape.reduce(1, *))
        let (rows, columns) = (keptRows ?? Array(0..<rowCount), keptColumns ?? Array(0..<columnCount))
        var target = result.base
        for tap in 0..<storage.count / (rowCount * columnCount) {
            for row in rows {
                let source = storage.base + (tap * rowCount + row) * columnCount
                for (place, column) in columns.enumerated() { target[place] = source[column] }
                target += columns.count
            }
        }
        return result
    }

    func applied(to elements: SparseElements) -> SparseElements {
        let rows = places(keptRows, rowCount)
        let columns = places(keptColumns, columnCount)
        let (width, height) = (keptColumns?.count ?? columnCount, keptRows?.count ?? rowCount)
        func place(_ position: UInt32) -> UInt32? {
            let (tapAndRow, column) = Int(position).quotientAndRemainder(dividingBy: columnCount)
            let (tap, row) = tapAndRow.quotientAndRemainder(dividingBy: rowCount)
            guard rows[row] >= 0, columns[column] >= 0 else { return nil }
            return UInt32((tap * height + rows[row]) * width + columns[column])
        }
        let (positions, values) = (elements.positions, elements.values)
        let result = SparseElements(count: positions.count { place($0) != nil })
        var next = 0
        for index in positions.indices {
            guard let place = place(positions[index]) else { continue }
            result.positions[next] = place
            result.values[next] = values[index]
            next += 1
        }
        return result
    }

    /// Where each of `count` comes to lie; −1 where it is left out.
    private func places(_ kept: [Int]?, _ count: Int) -> [Int] {
        guard let kept else { return Array(0..<count) }
        var places = Array(repeating: -1, count: count)
        for (place, index) in kept.enumerated() { places[index] = place }
        return places
    }
}

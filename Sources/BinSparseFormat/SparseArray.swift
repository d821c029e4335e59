internal import ModelIO
internal import Tensors

/// One array of a binsparse file as a dense tensor, row-major.
///
/// Arrays by row are read in pieces, with a position in memory for each row; those by column are turned in memory.
final class SparseArray: Sendable {
    let layout: BinSparseLayout
    let elementType: ElementType
    /// Rows and columns; of a vector one row.
    private let rows: Int
    private let columns: Int
    private let reader: any ModelReader
    private let values: Int
    private let indices: Int?
    /// Where the entries of each slow index begin, and where the last ends.
    private let starts: [Int]
    private let isUniform: Bool

    private static let tileElements = 1 << 16

    /// - Parameters:
    ///   - arrays: by name, the reader's numbers.
    ///   - budget: bytes that the tensor may have. Rows and columns are held to it where there are none of the others too,
    ///     since each row has its place in memory.
    /// - Throws: `malformed` where the arrays do not fit one another or the description, `limit` above the budget.
    init(
        _ descriptor: BinSparseDescriptor, _ reader: any ModelReader, arrays: [String: Int], budget: Int
    ) throws(SparsifyError) {
        let description = descriptor.binsparse
        guard let layout = BinSparseLayout(rawValue: description.format) else {
            throw SparsifyError(.unsupported, "The format '\(description.format)' is not read.")
        }
        guard description.shape.count == layout.rank else {
            throw SparsifyError(
                .malformed, "An array of the format \(layout.rawValue) has the shape \(description.shape).")
        }
        let shape = try Shape(description.shape.map { max($0, 1) })
        for name in layout.arrays where arrays[name] == nil {
            throw SparsifyError(
                .malformed, "The format \(layout.rawValue) needs an array '\(name)', and there is none.")
        }
        self.layout = layout
        self.reader = reader
        rows = layout.rank == 1 ? 1 : description.shape[0]
        columns = description.shape.last ?? 1
        values = arrays["values"]!
        let stored = reader.tensors[values]
        elementType = stored.elementType
        let size = try Checked.multiply(shape.elementCount, elementType.byteWidth, "size of the array")
        guard size <= budget else {
            throw SparsifyError(
                .limit, "An array of shape \(description.shape) has \(size) bytes, more than the budget of \(budget).",
                remedy: "Raise the budget if you trust the file.")
        }
        let declared = description.types["values"] ?? ""
        isUniform = declared.hasPrefix("iso[")
        let plain = isUniform ? String(declared.dropFirst(4).dropLast()) : declared
        guard plain == BinSparseDescriptor.name(elementType) else {
            throw SparsifyError(
                plain == "bint8" || plain.hasPrefix("complex") ? .unsupported : .malformed,
                "The values are declared as '\(plain)', and stored as \(elementType.name).")
        }
        indices = layout.isDense ? nil : arrays[layout.fastIndices]
        let slow = layout.isByColumn ? columns : rows
        let count = try Self.count(layout, reader, arrays, slow: slow, fast: layout.isByColumn ? rows : columns)
        guard stored.shape.rank == 1 || layout.isDense, stored.elementCount == (isUniform ? 1 : count) else {
            throw SparsifyError(
                .malformed, "\(count) values belong to the array, and \(stored.elementCount) are stored.")
        }
        guard description.storedCount ?? count == count else {
            throw SparsifyError(
                .malformed,
                "\(description.storedCount ?? 0) values are declared, and \(count) belong to the array.")
        }
        starts = layout.isDense ? [] : try Self.starts(layout, reader, arrays, slow: slow, count: count)
    }

    /// How many values there are.
    private static func count(
        _ layout: BinSparseLayout, _ reader: any ModelReader, _ arrays: [String: Int], slow: Int, fast: Int
    ) throws(SparsifyError) -> Int {
        if layout.isDense { return try Checked.multiply(slow, fast, "size of the array") }
        for name in layout.arrays where name != "values" {
            let tensor = reader.tensors[arrays[name]!]
            guard tensor.shape.rank == 1, tensor.elementType.isInteger else {
                throw SparsifyError(
                    .malformed, "'\(name)' has the shape \(tensor.shape) and the type \(tensor.elementType.name).")
            }
        }
        return reader.tensors[arrays[layout.fastIndices]!].elementCount
    }

    private static func starts(
        _ layout: BinSparseLayout, _ reader: any ModelReader, _ arrays: [String: Int], slow: Int, count: Int
    ) throws(SparsifyError) -> [Int] {
        if layout.rank == 1 { return [0, count] }
        if layout.hasSlowIndices {
            let rows = try integers(reader, arrays["indices_0"]!, "indices_0")
            guard rows.count == count else {
                throw SparsifyError(.malformed, "'indices_0' has \(rows.count) elements, and 'indices_1' \(count).")
            }
            return try positions(rows, slow: slow)
        }
        let pointers = try integers(reader, arrays["pointers_to_1"]!, "pointers_to_1")
        let named = layout.isDoublyCompressed ? try integers(reader, arrays["indices_0"]!, "indices_0") : nil
        guard pointers.count == (named?.count ?? slow) + 1, pointers.first == 0, pointers.last == count,
            zip(pointers, pointers.dropFirst()).allSatisfy({ $0 <= $1 })
        else { throw SparsifyError(.malformed, "'pointers_to_1' does not divide the \(count) values among the rows.") }
        guard let named else { return pointers }
        guard zip(named, named.dropFirst()).allSatisfy({ $0 < $1 }), named.allSatisfy({ (0..<slow).contains($0) })
        else {
            throw SparsifyError(.malformed, "'indices_0' is not sorted, or leads beyond the array.")
        }
        var result: [Int] = []
        result.reserveCapacity(slow + 1)
        var next = 0
        for index in 0..<slow {
            result.append(pointers[next])
            if next < named.count, named[next] == index { next += 1 }
        }
        return result + [count]
    }

    /// Where each row's entries begin, of entries that are sorted by row.
    private static func positions(_ rows: [Int], slow: Int) throws(SparsifyError) -> [Int] {
        var result: [Int] = []
        result.reserveCapacity(slow + 1)
        for (place, row) in rows.enumerated() {
            guard (max(result.count - 1, 0)..<max(slow, 1)).contains(row), slow > 0 else {
                throw SparsifyError(.malformed, "'indices_0' is not sorted, or leads beyond the array.")
            }
            while result.count <= row { result.append(place) }
        }
        while result.count <= slow { result.append(rows.count) }
        return result
    }

    private static func integers(
        _ reader: any ModelReader, _ index: Int, _ what: String
    ) throws(SparsifyError) -> [Int] {
        try integers(reader, index, 0..<reader.tensors[index].elementCount, what)
    }

    private static func integers(
        _ reader: any ModelReader, _ index: Int, _ range: Range<Int>, _ what: String
    ) throws(SparsifyError) -> [Int] {
        do {
            return try reader.integers(index, range)
        } catch let error as SparsifyError {
            throw error
        } catch {
            throw SparsifyError(.io, "'\(what)' cannot be read: \(error).")
        }
    }

    /// Whether reading a piece needs all of it in memory.
    var isTurned: Bool { layout.isByColumn }

    /// Elements, row-major, of an array by row or dense by row.
    ///
    /// - Throws: `malformed` where indices are not sorted or lead beyond the array.
    func read(_ range: Range<Int>, into destination: UnsafeMutableRawBufferPointer) throws {
        if layout.isDense, !isUniform { return try reader.read(values, range, into: destination) }
        let width = elementType.byteWidth
        destination.initializeMemory(as: UInt8.self, repeating: 0)
        let fast = layout.isByColumn ? rows : columns
        guard fast > 0, !range.isEmpty else { return }
        if layout.isDense { return try fill(destination, try uniformValue()) }
        let (first, last) = (range.lowerBound / fast, (range.upperBound - 1) / fast)
        var row = first
        var previous = -1
        let uniform = isUniform ? try uniformValue() : nil
        for start in stride(from: starts[first], to: starts[last + 1], by: Self.tileElements) {
            let part = start..<min(start + Self.tileElements, starts[last + 1])
            let found = try reader.integers(indices!, part)
            var tile = [UInt8](repeating: 0, count: uniform == nil ? part.count * width : 0)
            if uniform == nil { try tile.withUnsafeMutableBytes { try reader.read(values, part, into: $0) } }
            for (number, place) in part.enumerated() {
                while place >= starts[row + 1] {
                    row += 1
                    previous = -1
                }
                let index = found[number]
                guard index > previous, index < fast else {
                    throw SparsifyError(
                        .malformed, "Entry \(place) has the index \(index), after \(previous) in a row of \(fast).")
                }
                previous = index
                let element = row * fast + index
                guard range.contains(element) else { continue }
                let target = (element - range.lowerBound) * width
                for byte in 0..<width { destination[target + byte] = uniform?[byte] ?? tile[number * width + byte] }
            }
        }
    }

    private func uniformValue() throws -> [UInt8] {
        var value = [UInt8](repeating: 0, count: elementType.byteWidth)
        try value.withUnsafeMutableBytes { try reader.read(values, 0..<1, into: $0) }
        return value
    }

    private func fill(_ destination: UnsafeMutableRawBufferPointer, _ value: [UInt8]) throws {
        for index in destination.indices { destination[index] = value[index % value.count] }
    }

    /// All elements, row-major, of an array by column.
    func turned() throws -> RawBuffer {
        let width = elementType.byteWidth
        let byteCount = rows * columns * width
        let (source, result) = (RawBuffer(byteCount: max(byteCount, 1)), RawBuffer(byteCount: max(byteCount, 1)))
        try read(0..<rows * columns, into: UnsafeMutableRawBufferPointer(rebasing: source.bytes[..<byteCount]))
        for column in 0..<columns {
            for row in 0..<rows {
                result.bytes.baseAddress!.advanced(by: (row * columns + column) * width).copyMemory(
                    from: source.bytes.baseAddress!.advanced(by: (column * rows + row) * width), byteCount: width)
            }
        }
        return result
    }
}

extension ModelReader {
    /// Elements of a tensor of integers.
    ///
    /// - Throws: `malformed` for one that this machine cannot count.
    func integers(_ index: Int, _ range: Range<Int>) throws -> [Int] {
        let type = tensors[index].elementType
        let width = type.byteWidth
        var bytes = [UInt8](repeating: 0, count: range.count * width)
        try bytes.withUnsafeMutableBytes { try read(index, range, into: $0) }
        return try (0..<range.count).map { place in
            var bits: UInt64 = type.isSigned && bytes[place * width + width - 1] >= 0x80 ? .max : 0
            for byte in (0..<width).reversed() { bits = bits << 8 | UInt64(bytes[place * width + byte]) }
            if type.isSigned { return Int(Int64(bitPattern: bits)) }
            return try Checked.int(bits, "index")
        }
    }
}

internal import ModelIO
internal import Tensors

/// A weight as compressed-tensors' format sparse-bitmask keeps it: a bit for each element, set where it is not zero, and the values
/// that are not, row after row. Four tensors: `shape`, `bitmask` (rows × ⌈columns / 8⌉ bytes, the lowest bit first), `compressed` (the
/// values) and `row_offsets` (how many values lie before each row).
struct SparseBitmask: Sendable {
    let shape: Shape
    let type: ElementType
    /// Numbers of the four tensors, as the reader has them.
    private let bitmask: Int
    private let values: Int
    /// How many values lie before each row, and all.
    private let offsets: [Int]
    private let columns: Int
    /// Bytes of the bits of a row.
    private let rowBytes: Int

    static let parts = ["shape", "bitmask", "compressed", "row_offsets"]

    private static let weight = ".weight"

    /// The name of the weight whose parts begin so.
    static func name(_ prefix: String) -> String { prefix.hasSuffix(weight) ? prefix : prefix + weight }

    /// - Parameter numbers: of the parts, in their order.
    /// - Throws: `malformed` where the parts do not fit one another.
    init(_ reader: any ModelReader, _ numbers: [Int]) throws {
        let infos = numbers.map { reader.tensors[$0] }
        guard infos[0].elementType == .int64, infos[0].shape.dimensions == [2] else {
            throw SparsifyError(.malformed, "'shape' is no two numbers.")
        }
        let extents = try Self.numbers(reader, numbers[0])
        shape = try Shape(extents)
        (bitmask, values, type) = (numbers[1], numbers[2], infos[2].elementType)
        columns = extents[1]
        rowBytes = columns / 8 + (columns % 8 == 0 ? 0 : 1)
        guard infos[1].elementType == .uint8, infos[1].shape.dimensions == [extents[0], rowBytes] else {
            throw SparsifyError(.malformed, "'bitmask' of a weight of shape \(shape) has the shape \(infos[1].shape).")
        }
        guard infos[2].shape.rank == 1 else {
            throw SparsifyError(.malformed, "'compressed' has the shape \(infos[2].shape).")
        }
        guard infos[3].elementType == .int64, infos[3].elementCount == extents[0] else {
            throw SparsifyError(
                .malformed, "'row_offsets' has \(infos[3].elementCount) elements for \(extents[0]) rows.")
        }
        offsets = try Self.numbers(reader, numbers[3]) + [infos[2].elementCount]
        guard offsets[0] == 0, zip(offsets, offsets.dropFirst()).allSatisfy({ $0 <= $1 && $1 - $0 <= extents[1] })
        else {
            throw SparsifyError(.malformed, "'row_offsets' does not divide the values among the rows.")
        }
    }

    private static func numbers(_ reader: any ModelReader, _ index: Int) throws -> [Int] {
        let count = reader.tensors[index].elementCount
        var result = [Int64](repeating: 0, count: count)
        try result.withUnsafeMutableBytes { try reader.read(index, 0..<count, into: $0) }
        guard result.allSatisfy({ $0 >= 0 }) else { throw SparsifyError(.malformed, "A number is negative.") }
        return result.map { Int(Int64(littleEndian: $0)) }
    }

    /// Row-major elements of the weight.
    ///
    /// - Throws: `malformed` where a row has other bits than values.
    func read(_ reader: any ModelReader, _ range: Range<Int>, into destination: UnsafeMutableRawBufferPointer) throws {
        destination.initializeMemory(as: UInt8.self, repeating: 0)
        guard !range.isEmpty else { return }
        let width = type.byteWidth
        var bits = [UInt8](repeating: 0, count: rowBytes)
        var row: [UInt8] = []
        for number in range.lowerBound / columns...(range.upperBound - 1) / columns {
            try bits.withUnsafeMutableBytes {
                try reader.read(bitmask, number * rowBytes..<(number + 1) * rowBytes, into: $0)
            }
            let entries = offsets[number]..<offsets[number + 1]
            let isWithin = columns % 8 == 0 || bits.last! >> UInt8(columns % 8) == 0
            guard isWithin, bits.reduce(0, { $0 + $1.nonzeroBitCount }) == entries.count else {
                throw SparsifyError(.malformed, "Row \(number) has other bits than its \(entries.count) values.")
            }
            row = [UInt8](repeating: 0, count: entries.count * width)
            try row.withUnsafeMutableBytes { try reader.read(values, entries, into: $0) }
            var next = 0
            for column in 0..<columns where bits[column / 8] >> UInt8(column % 8) & 1 == 1 {
                let element = number * columns + column
                if range.contains(element) {
                    for byte in 0..<width {
                        destination[(element - range.lowerBound) * width + byte] = row[next * width + byte]
                    }
                }
                next += 1
            }
        }
    }
}

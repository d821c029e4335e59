internal import Foundation
internal import ModelIO
internal import Tensors

/// Where the elements of one tensor are.
enum TensorPayload {
    /// One after another in a file.
    case file(InputFile, offset: Int)
    /// In memory: those of a small tensor, or of one whose numbers stand in fields of their own.
    case bytes([UInt8])
    /// Those that are not zero: ascending positions, and the elements one after another.
    case sparse(positions: [Int], elements: [UInt8])

    /// Copies the bytes of elements `range`, each `width` bytes, of the tensor.
    func read(_ range: Range<Int>, width: Int, into destination: UnsafeMutableRawBufferPointer) throws(SparsifyError) {
        switch self {
        case .file(let file, let offset):
            try file.read(at: offset + range.lowerBound * width, into: destination)
        case .bytes(let bytes):
            bytes.withUnsafeBytes { source in
                destination.copyMemory(
                    from: UnsafeRawBufferPointer(
                        rebasing: source[range.lowerBound * width..<range.upperBound * width]))
            }
        case .sparse(let positions, let elements):
            destination.initializeMemory(as: UInt8.self, repeating: 0)
            var place = positions.partitionPoint { $0 >= range.lowerBound }
            while place < positions.count, positions[place] < range.upperBound {
                let target = (positions[place] - range.lowerBound) * width
                for byte in 0..<width { destination[target + byte] = elements[place * width + byte] }
                place += 1
            }
        }
    }
}

extension [Int] {
    /// The first index whose element satisfies a condition that all later elements satisfy too.
    fileprivate func partitionPoint(_ isIn: (Int) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isIn(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

extension ONNXTensorProto {
    var type: ONNXType? { ONNXType(rawValue: dataType) }

    var isExternal: Bool { dataLocation == 1 }

    /// - Throws: `malformed` where an extent is negative.
    func dimensions() throws(SparsifyError) -> [Int] { try Shape(dims.map { Int($0) }).dimensions }

    /// The elements that stand in fields of their own, as `raw_data` would have them; nil where they are no numbers.
    func typedBytes(_ type: ONNXType) -> [UInt8]? {
        func joined<Number: FixedWidthInteger>(_ numbers: some Sequence<Number>) -> [UInt8] {
            var writer = ByteWriter()
            for number in numbers { writer.integer(number) }
            return writer.bytes
        }
        switch type {
        case .string: return nil
        case .float, .complex64: return joined(floatData.map(\.bitPattern))
        case .double, .complex128: return joined(doubleData.map(\.bitPattern))
        case .int64: return joined(int64Data)
        case .uint32: return joined(uint64Data.map { UInt32(truncatingIfNeeded: $0) })
        case .uint64: return joined(uint64Data)
        case .int32: return joined(int32Data)
        case .int16, .uint16, .float16, .bfloat16: return joined(int32Data.map { UInt16(truncatingIfNeeded: $0) })
        case .bool: return int32Data.map { $0 == 0 ? 0 : 1 }
        case .int8, .uint8, .float8E4M3FN, .float8E4M3FNUZ, .float8E5M2, .float8E5M2FNUZ, .float8E8M0, .uint4, .int4,
            .float4E2M1, .uint2, .int2:
            return int32Data.map { UInt8(truncatingIfNeeded: $0) }
        }
    }

    /// Without the elements, wherever they stood.
    var withoutElements: ONNXTensorProto {
        var copy = self
        copy.clearRawData()
        (copy.floatData, copy.doubleData, copy.int32Data, copy.int64Data, copy.uint64Data) = ([], [], [], [], [])
        copy.externalData = []
        copy.clearDataLocation()
        return copy
    }
}

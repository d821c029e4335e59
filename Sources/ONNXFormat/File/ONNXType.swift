internal import ModelIO
internal import Tensors

/// The element types of ONNX, by the numbers that tensors have for them.
enum ONNXType: Int32, CaseIterable {
    case float = 1
    case uint8 = 2
    case int8 = 3
    case uint16 = 4
    case int16 = 5
    case int32 = 6
    case int64 = 7
    case string = 8
    case bool = 9
    case float16 = 10
    case double = 11
    case uint32 = 12
    case uint64 = 13
    case complex64 = 14
    case complex128 = 15
    case bfloat16 = 16
    case float8E4M3FN = 17
    case float8E4M3FNUZ = 18
    case float8E5M2 = 19
    case float8E5M2FNUZ = 20
    case uint4 = 21
    case int4 = 22
    case float4E2M1 = 23
    case float8E8M0 = 24
    case uint2 = 25
    case int2 = 26

    /// Bits of one element; 0 for texts, which have no such width.
    var bitWidth: Int {
        switch self {
        case .string: 0
        case .uint2, .int2: 2
        case .uint4, .int4, .float4E2M1: 4
        case .complex128: 128
        default: 8 * element.byteWidth
        }
    }

    /// Whether a tensor is shown as a row of the bytes that it takes: no element type has the width of its elements.
    var isRowOfBytes: Bool { bitWidth < 8 || self == .complex128 }

    /// What the elements are shown as: themselves, or integers that carry their bits.
    var element: ElementType {
        switch self {
        case .float: .float32
        case .uint8, .string, .complex128, .uint4, .int4, .float4E2M1, .uint2, .int2, .float8E4M3FN, .float8E4M3FNUZ,
            .float8E5M2, .float8E5M2FNUZ, .float8E8M0:
            .uint8
        case .int8: .int8
        case .uint16: .uint16
        case .int16: .int16
        case .int32: .int32
        case .int64: .int64
        case .bool: .bool
        case .float16: .float16
        case .double: .float64
        case .uint32: .uint32
        case .uint64, .complex64: .uint64
        case .bfloat16: .bfloat16
        }
    }

    /// The name of the type whose bits integers carry, as in safetensors where that has the type; nil where elements
    /// are what they are shown as.
    var carriedName: String? {
        switch self {
        case .complex64: "C64"
        case .complex128: "C128"
        case .float8E4M3FN: "F8_E4M3"
        case .float8E4M3FNUZ: "F8_E4M3FNUZ"
        case .float8E5M2: "F8_E5M2"
        case .float8E5M2FNUZ: "F8_E5M2FNUZ"
        case .float8E8M0: "F8_E8M0"
        case .uint4: "U4"
        case .int4: "I4"
        case .float4E2M1: "F4"
        case .uint2: "U2"
        case .int2: "I2"
        default: nil
        }
    }

    /// The type of elements that are what they are shown as, or whose bits are carried under a name; nil where there is
    /// none.
    init?(storing element: ElementType, carried: String?) {
        let found = Self.allCases.first {
            $0.element == element && $0.carriedName == carried && $0 != .string && (carried == nil || !$0.isRowOfBytes)
        }
        guard let found else { return nil }
        self = found
    }

    /// Bytes of a tensor. Elements that are less than a byte share one; the last byte is filled up.
    ///
    /// - Throws: `malformed` where they are more than this machine can count.
    func byteCount(_ dimensions: [Int]) throws(SparsifyError) -> Int {
        // Extents of 0 do not hide an overflow.
        _ = try Checked.multiply(try Shape(dimensions.filter { $0 > 0 }).elementCount, bitWidth, "size of a tensor")
        let bits = try Shape(dimensions).elementCount * bitWidth
        return bits / 8 + (bits % 8 > 0 ? 1 : 0)
    }
}

internal import Tensors

/// The element types of safetensors 0.8. The order of the cases is that of the reference implementation, by which
/// tensors are sorted when written: the last first.
enum SafeTensorsType: String, CaseIterable, Comparable {
    case bool = "BOOL"
    case f4 = "F4"
    case f6E2M3 = "F6_E2M3"
    case f6E3M2 = "F6_E3M2"
    case u8 = "U8"
    case i8 = "I8"
    case f8E5M2 = "F8_E5M2"
    case f8E4M3 = "F8_E4M3"
    case f8E8M0 = "F8_E8M0"
    case f8E4M3FNUZ = "F8_E4M3FNUZ"
    case f8E5M2FNUZ = "F8_E5M2FNUZ"
    case i16 = "I16"
    case u16 = "U16"
    case f16 = "F16"
    case bf16 = "BF16"
    case i32 = "I32"
    case u32 = "U32"
    case f32 = "F32"
    case c64 = "C64"
    case f64 = "F64"
    case i64 = "I64"
    case u64 = "U64"

    /// Bits of one element.
    var bitWidth: Int {
        switch self {
        case .f4: 4
        case .f6E2M3, .f6E3M2: 6
        default: 8 * element.byteWidth
        }
    }

    /// Whether an element is less than a byte: a tensor is then shown as a row of bytes.
    var isPacked: Bool { bitWidth < 8 }

    /// What the elements are shown as: themselves, or integers that carry their bits.
    var element: ElementType {
        switch self {
        case .bool: .bool
        case .f4, .f6E2M3, .f6E3M2, .u8, .f8E5M2, .f8E4M3, .f8E8M0, .f8E4M3FNUZ, .f8E5M2FNUZ: .uint8
        case .i8: .int8
        case .i16: .int16
        case .u16: .uint16
        case .f16: .float16
        case .bf16: .bfloat16
        case .i32: .int32
        case .u32: .uint32
        case .f32: .float32
        case .f64: .float64
        case .i64: .int64
        case .u64, .c64: .uint64
        }
    }

    /// Whether integers carry the bits of something else.
    var isCarried: Bool { Self(storing: element) != self }

    /// The type of elements that are what they are shown as; nil where there is none.
    init?(storing element: ElementType) {
        switch element {
        case .float16: self = .f16
        case .bfloat16: self = .bf16
        case .float32: self = .f32
        case .float64: self = .f64
        case .int8: self = .i8
        case .uint8: self = .u8
        case .int16: self = .i16
        case .uint16: self = .u16
        case .int32: self = .i32
        case .uint32: self = .u32
        case .int64: self = .i64
        case .uint64: self = .u64
        case .bool: self = .bool
        case .opaque16: return nil
        }
    }

    static func < (a: Self, b: Self) -> Bool { a.place < b.place }

    private static let places = Dictionary(uniqueKeysWithValues: allCases.enumerated().map { ($1, $0) })
    private var place: Int { Self.places[self] ?? 0 }

    /// Bytes of a tensor.
    ///
    /// - Throws: `malformed` where they are no whole number, or more than this machine can count.
    func byteCount(_ dimensions: [Int]) throws(SparsifyError) -> Int {
        // Extents of 0 do not hide an overflow.
        _ = try Checked.multiply(try Shape(dimensions.filter { $0 > 0 }).elementCount, bitWidth, "size of a tensor")
        let bits = try Shape(dimensions).elementCount * bitWidth
        guard bits % 8 == 0 else {
            throw SparsifyError(.malformed, "A tensor of shape \(dimensions) and type \(rawValue) ends inside a byte.")
        }
        return bits / 8
    }
}

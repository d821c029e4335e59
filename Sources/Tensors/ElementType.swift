/// The type of one element of a tensor. Raw values are the codes of the `.spm` specification and never change.
public enum ElementType: UInt8, CaseIterable, Sendable, Hashable {
    case float16 = 1
    case bfloat16 = 2
    case float32 = 3
    case float64 = 4
    case int8 = 5
    case uint8 = 6
    case int16 = 7
    case uint16 = 8
    case int32 = 9
    case uint32 = 10
    case int64 = 11
    case uint64 = 12
    /// One byte, 0 or 1.
    case bool = 13
    /// Two bytes whose meaning the file does not tell (an HDF5 opaque type of size 2 that nothing marks as bfloat16).
    case opaque16 = 14

    /// Bytes that one element takes.
    public var byteWidth: Int {
        switch self {
        case .int8, .uint8, .bool: 1
        case .float16, .bfloat16, .int16, .uint16, .opaque16: 2
        case .float32, .int32, .uint32: 4
        case .float64, .int64, .uint64: 8
        }
    }

    /// Whether elements are floating-point numbers, the only ones that a criterion can score.
    public var isFloatingPoint: Bool {
        switch self {
        case .float16, .bfloat16, .float32, .float64: true
        default: false
        }
    }

    /// The name that reports, JSON and messages use (NumPy's, where NumPy has the type).
    public var name: String {
        switch self {
        case .float16: "float16"
        case .bfloat16: "bfloat16"
        case .float32: "float32"
        case .float64: "float64"
        case .int8: "int8"
        case .uint8: "uint8"
        case .int16: "int16"
        case .uint16: "uint16"
        case .int32: "int32"
        case .uint32: "uint32"
        case .int64: "int64"
        case .uint64: "uint64"
        case .bool: "bool"
        case .opaque16: "opaque16"
        }
    }
}

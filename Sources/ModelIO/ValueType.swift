/// The type of an attribute or dataset as its file declares it: a closed description of HDF5's types that needs no
/// HDF5 library to read.
public indirect enum ValueType: Sendable, Hashable {
    case integer(size: Int, isSigned: Bool, order: ByteOrder)
    case float(FloatLayout)
    case bitfield(size: Int, order: ByteOrder)
    case fixedString(size: Int, padding: StringPadding, characterSet: CharacterSet)
    case variableString(padding: StringPadding, characterSet: CharacterSet)
    case opaque(size: Int, tag: String)
    case enumeration(base: ValueType, members: [EnumerationMember])
    case compound(size: Int, members: [CompoundMember])
    case array(dimensions: [Int], base: ValueType)
    /// Variable-length sequence of a fixed-size type.
    case sequence(base: ValueType)

    public enum ByteOrder: UInt8, Sendable, Hashable {
        case little = 0
        case big = 1
    }

    public struct EnumerationMember: Sendable, Hashable {
        public var name: String
        /// The value as the base type lays it out.
        public var value: [UInt8]
        public init(name: String, value: [UInt8]) {
            self.name = name
            self.value = value
        }
    }

    public struct CompoundMember: Sendable, Hashable {
        public var name: String
        public var offset: Int
        public var type: ValueType
        public init(name: String, offset: Int, type: ValueType) {
            self.name = name
            self.offset = offset
            self.type = type
        }
    }

    /// Bytes that one element takes in `Payload.bytes`; nil for variable-length types.
    public var fixedSize: Int? {
        switch self {
        case .integer(let size, _, _), .bitfield(let size, _), .fixedString(let size, _, _), .opaque(let size, _),
            .compound(let size, _):
            size
        case .float(let layout): layout.size
        case .variableString, .sequence: nil
        case .enumeration(let base, _): base.fixedSize
        case .array(let dimensions, let base): base.fixedSize.map { dimensions.reduce($0, *) }
        }
    }
}

/// Where the bits of a floating-point number lie, as HDF5 describes it.
public struct FloatLayout: Sendable, Hashable {
    public var size: Int
    public var order: ValueType.ByteOrder
    public var precision: Int
    public var offset: Int
    public var signPosition: Int
    public var exponentPosition: Int
    public var exponentSize: Int
    public var exponentBias: Int
    public var mantissaPosition: Int
    public var mantissaSize: Int
    /// HDF5's `H5T_norm_t`: 0 implied, 1 most significant bit set, 2 none.
    public var normalization: Int

    public init(
        size: Int, order: ValueType.ByteOrder, precision: Int, offset: Int = 0, signPosition: Int,
        exponentPosition: Int, exponentSize: Int, exponentBias: Int, mantissaPosition: Int, mantissaSize: Int,
        normalization: Int = 0
    ) {
        self.size = size
        self.order = order
        self.precision = precision
        self.offset = offset
        self.signPosition = signPosition
        self.exponentPosition = exponentPosition
        self.exponentSize = exponentSize
        self.exponentBias = exponentBias
        self.mantissaPosition = mantissaPosition
        self.mantissaSize = mantissaSize
        self.normalization = normalization
    }

    /// An IEEE 754 interchange format of 2, 4 or 8 bytes.
    public static func ieee(size: Int, order: ValueType.ByteOrder = .little) -> FloatLayout? {
        let split: (exponent: Int, mantissa: Int)? = [2: (5, 10), 4: (8, 23), 8: (11, 52)][size]
        guard let split else { return nil }
        return FloatLayout(
            size: size, order: order, precision: 8 * size, signPosition: 8 * size - 1,
            exponentPosition: split.mantissa, exponentSize: split.exponent,
            exponentBias: 1 << (split.exponent - 1) - 1, mantissaPosition: 0, mantissaSize: split.mantissa)
    }
}

public enum StringPadding: UInt8, Sendable, Hashable {
    case nullTerminated = 0
    case nullPadded = 1
    case spacePadded = 2
}
public enum CharacterSet: UInt8, Sendable, Hashable {
    case ascii = 0
    case utf8 = 1
}

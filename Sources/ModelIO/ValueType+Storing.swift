public import Tensors

extension ValueType {
    /// The type to store tensors of `element` with, where their file does not say.
    public init(storing element: ElementType) {
        switch element {
        case .float16, .float32, .float64:
            // Widths of 2, 4 and 8 bytes all have a layout.
            self =
                FloatLayout.ieee(size: element.byteWidth).map(Self.float) ?? .opaque(size: element.byteWidth, tag: "")
        case .bfloat16, .opaque16:
            self = .opaque(size: 2, tag: "")
        case .bool:
            self = .enumeration(
                base: .integer(size: 1, isSigned: true, order: .little),
                members: [.init(name: "FALSE", value: [0]), .init(name: "TRUE", value: [1])])
        case .int8, .int16, .int32, .int64:
            self = .integer(size: element.byteWidth, isSigned: true, order: .little)
        case .uint8, .uint16, .uint32, .uint64:
            self = .integer(size: element.byteWidth, isSigned: false, order: .little)
        }
    }
}

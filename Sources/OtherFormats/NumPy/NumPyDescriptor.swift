internal import Tensors

/// The type of elements as NumPy spells it: byte order, kind, width, as in `<f4`.
struct NumPyDescriptor {
    let elementType: ElementType
    let isBigEndian: Bool

    init(_ elementType: ElementType, isBigEndian: Bool) {
        self.elementType = elementType
        self.isBigEndian = isBigEndian && elementType.byteWidth > 1
    }

    /// - Throws: `refused` for objects, `unsupported` for other elements that are not read, `malformed` for what is no
    ///   type at all.
    init(parsing text: String) throws(SparsifyError) {
        guard let order = text.first, "<>=|".contains(order), let kind = text.dropFirst().first else {
            throw SparsifyError(.malformed, "'\(text)' is not a type of elements as NumPy spells it.")
        }
        guard let type = Self.kinds[String(text.dropFirst())] else { throw Self.rejection(kind, text) }
        // A type of users' own, as bfloat16 is, would be turned around by none but its maker.
        let isOrdered = type == .opaque16 ? order != ">" : type.byteWidth == 1 || order != "|"
        guard isOrdered else {
            throw SparsifyError(.malformed, "'\(text)' is a type with the wrong mark of byte order.")
        }
        // The only type of two bytes that users brought to NumPy; bytes without a meaning have no order.
        self.init(type == .opaque16 && order != "|" ? .bfloat16 : type, isBigEndian: order == ">")
    }

    var text: String {
        switch elementType {
        case .opaque16: "|V2"
        // As ml_dtypes, which brings bfloat16 to NumPy, writes it.
        case .bfloat16: "<V2"
        case .bool, .int8, .uint8: "|" + Self.spelling(elementType)
        default: (isBigEndian ? ">" : "<") + Self.spelling(elementType)
        }
    }

    private static let kinds: [String: ElementType] = Dictionary(
        uniqueKeysWithValues: ElementType.allCases.filter { $0 != .bfloat16 }.map { (spelling($0), $0) })

    private static func spelling(_ type: ElementType) -> String {
        let kind =
            switch type {
            case .bool: "b"
            case .int8, .int16, .int32, .int64: "i"
            case .uint8, .uint16, .uint32, .uint64: "u"
            case .float16, .float32, .float64: "f"
            case .bfloat16, .opaque16: "V"
            }
        return kind + String(type.byteWidth)
    }

    private static func rejection(_ kind: Character, _ text: String) -> SparsifyError {
        let elements: String
        switch kind {
        case "O":
            return SparsifyError(
                .refused, "The elements are Python objects ('\(text)'); to load them is to run code from the file.",
                remedy: "Save numbers instead.")
        case "S", "a": elements = "byte strings"
        case "U": elements = "strings"
        case "M": elements = "dates"
        case "m": elements = "spans of time"
        case "c": elements = "complex numbers"
        case "f": elements = "floating-point numbers of an unusual width"
        case "V": elements = "bytes without a meaning"
        default: return SparsifyError(.malformed, "'\(text)' is not a type of elements that NumPy has.")
        }
        return SparsifyError(.unsupported, "The elements are \(elements) ('\(text)'), which are not read.")
    }
}

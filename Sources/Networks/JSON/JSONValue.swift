/// A JSON document as a value. Keys are unordered, as JSON says they are.
public enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int)
    /// A number with a fraction or an exponent, or one that no `Int` holds; NaN and infinities as Python writes them.
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])
}

extension JSONValue {
    public var string: String? { if case .string(let value) = self { value } else { nil } }
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    public var object: [String: JSONValue]? { if case .object(let value) = self { value } else { nil } }

    /// The integer, also where it is written as `3.0`.
    public var integer: Int? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int(exactly: value)
        default: nil
        }
    }

    public var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// The elements of a list, or of a tuple as Keras 3 writes it: `{"class_name": "__tuple__", "items": […]}`.
    public var array: [JSONValue]? {
        switch self {
        case .array(let values): values
        case .object(let fields) where fields["class_name"] == .string("__tuple__"): fields["items"]?.array
        default: nil
        }
    }

    /// The numbers of nested lists, in order; nil where there is something else among them. Arrays as Keras 3 writes them
    /// (`{"class_name": "__numpy__", "config": {"value": …}}`) count as lists.
    public var flattenedNumbers: [Double]? {
        if let number { return [number] }
        if let bool { return [bool ? 1 : 0] }
        if let wrapped = self["config"]?["value"] { return wrapped.flattenedNumbers }
        guard let array else { return nil }
        var result: [Double] = []
        for element in array {
            guard let numbers = element.flattenedNumbers else { return nil }
            result += numbers
        }
        return result
    }

    public var isNull: Bool { self == .null }

    /// A field of an object; nil where this is no object or has no such field.
    public subscript(_ key: String) -> JSONValue? {
        if case .object(let fields) = self { fields[key] } else { nil }
    }

    /// "a list", "the text 'abc'", …: for messages.
    public var summary: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .string(let value): "the text '\(value.prefix(60))'"
        case .array(let values): "a list of \(values.count)"
        case .object(let fields): "an object of \(fields.count) fields"
        }
    }
}

internal import Tensors

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

extension JSONValue {
    /// The largest text that is parsed, in bytes.
    public static let maximumBytes = 64 << 20
    /// The deepest nesting that is parsed.
    public static let maximumDepth = 256

    /// Parses JSON text, with the NaN and Infinity that Python writes.
    ///
    /// - Throws: `limit` for a text that is too large, `malformed` for one that is no JSON or nests too deep.
    public init(parsing text: String) throws {
        let byteCount = text.utf8.count
        guard byteCount <= Self.maximumBytes else {
            throw SparsifyError(
                .limit, "The JSON text has \(byteCount) bytes, more than the limit of \(Self.maximumBytes).")
        }
        guard Self.depth(of: text.utf8) <= Self.maximumDepth else {
            throw SparsifyError(.malformed, "The JSON text nests deeper than \(Self.maximumDepth) levels.")
        }
        let decoder = JSONDecoder()
        decoder.allowsJSON5 = true
        do {
            self = try decoder.decode(JSONValue.self, from: Data(text.utf8))
        } catch let error as SparsifyError {
            throw error
        } catch {
            throw SparsifyError(.malformed, "The text is not valid JSON.")
        }
    }

    /// Deepest nesting of brackets outside of strings.
    private static func depth(of text: String.UTF8View) -> Int {
        var depth = 0
        var deepest = 0
        var isInString = false
        var isEscaped = false
        for byte in text {
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInString = true
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                deepest = max(deepest, depth)
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            default: break
            }
        }
        return deepest
    }
}

extension JSONValue: Decodable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode(Int.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }
}

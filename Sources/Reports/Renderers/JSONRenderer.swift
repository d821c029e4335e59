#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// JSON with stable keys, sorted, for scripts; `formats/report.md` documents them.
public struct JSONRenderer: ReportRenderer {
    public init() {}

    public var id: String { "json" }

    public func render(_ report: ModelReport) -> String { JSONText.encode(report) }
}

/// Pretty JSON of any value that the reports are made of.
public enum JSONText {
    public static func encode(_ value: some Encodable) -> String {
        text(value, [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    }

    /// The same on one line.
    public static func line(_ value: some Encodable) -> String { text(value, [.sortedKeys, .withoutEscapingSlashes]) }

    /// What `line` and `encode` wrote; nil where it is no such value.
    public static func decode<Value: Decodable>(_: Value.Type, _ bytes: some Sequence<UInt8>) -> Value? {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        return try? decoder.decode(Value.self, from: Data(bytes))
    }

    private static func text(_ value: some Encodable, _ formatting: JSONEncoder.OutputFormatting) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = formatting
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        guard let data = try? encoder.encode(value) else {
            preconditionFailure("a report is made of values that JSON can hold")
        }
        return escapingControls(String(decoding: data, as: UTF8.self)) + "\n"
    }

    /// The encoder escapes controls below the space alone; those from 7F to 9F, which mean as much to a terminal, stand
    /// in strings only and may be escaped as well.
    private static func escapingControls(_ json: String) -> String {
        func isControl(_ scalar: Unicode.Scalar) -> Bool { (0x7f...0x9f).contains(scalar.value) }
        guard json.unicodeScalars.contains(where: isControl) else { return json }
        var result = ""
        for scalar in json.unicodeScalars {
            if isControl(scalar) {
                result += "\\u00" + String(scalar.value, radix: 16)
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

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
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        guard let data = try? encoder.encode(value) else {
            preconditionFailure("a report is made of values that JSON can hold")
        }
        return String(decoding: data, as: UTF8.self) + "\n"
    }
}

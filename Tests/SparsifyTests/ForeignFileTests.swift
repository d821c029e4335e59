import Testing

@testable import Sparsify

@Suite struct ForeignFileTests {
    struct Case: Sendable {
        /// The first bytes, a character each.
        var head: String
        var name: String?
    }

    static let cases: [Case] = [
        Case(head: "PK\u{3}\u{4}", name: "a zip archive that is none of a model"),
        Case(head: "{\"weight_map\": {}}", name: "the JSON index of a sharded model"),
        Case(head: "{}", name: "a JSON file"),
        Case(head: "hello", name: nil),
        Case(head: "", name: nil),
    ]

    @Test(arguments: cases) func isNamed(_ example: Case) {
        let head = example.head.unicodeScalars.map { UInt8($0.value) }
        #expect(ForeignFile.name(head) == example.name)
    }
}

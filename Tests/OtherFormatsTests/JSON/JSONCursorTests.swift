import Tensors
import Testing

@testable import OtherFormats

@Suite struct JSONCursorTests {
    private func skip(_ text: String) throws {
        var cursor = try JSONCursor(Array(text.utf8))
        try cursor.skip()
        try cursor.finish()
    }

    @Test(arguments: [
        "0", "-0", "12", "-3.25", "1e5", "1E+05", "0.1e-2", "true", " false ", "null", "\"\"", "[]", "{}",
        "[1, [2, {}]]",
        "{\"a\": {\"b\": [null]}, \"A\": 1}", "\"\\u00e9\\ud83d\\ude00\\/\\b\"",
    ])
    func whatIsJSONIsPassedOver(text: String) throws { try skip(text) }

    @Test(arguments: [
        "", "01", "-", "+1", ".5", "1.", "1e", "1e+", "0x10", "1_000", "NaN", "Infinity", "True", "nul", "'a'", "[1,]",
        "[1 2]", "{\"a\"}", "{\"a\":}", "{a:1}", "{\"a\":1,}", "[", "{", "\"", "\"\\", "\"\\u12\"", "\"\\u+123\"",
        "1 2", "// x",
        "{\"a\":1,\"\\u0061\":2}",
    ])
    func whatIsNotIsMalformed(text: String) {
        #expect { try skip(text) } throws: { ($0 as? SparsifyError)?.code == .malformed }
    }

    @Test(arguments: [(64, false), (65, true)])
    func nestingHasABound(depth: Int, isTooDeep: Bool) throws {
        let text = String(repeating: "[", count: depth - 1) + "0" + String(repeating: "]", count: depth - 1)
        if isTooDeep {
            expectFailure(.malformed, "nests deeper") { try skip(text) }
        } else {
            try skip(text)
        }
    }

    @Test(arguments: ["", "plain", "\" \\ / \u{8}\t\n\u{c}\r", "\u{0}\u{1f}\u{7f}", "ü 日本語 😀 e\u{301}"])
    func textsComeBackFromTheirQuotes(text: String) throws {
        var cursor = try JSONCursor(text.quotedJSON)
        let back = try cursor.string("text")
        #expect(Array(back.utf8) == Array(text.utf8))
    }

    @Test func errorsSayWhere() throws {
        var cursor = try JSONCursor(Array("  x".utf8), fileOffset: 100)
        #expect { try cursor.skip() } throws: { ($0 as? SparsifyError)?.offset == 103 }
    }
}

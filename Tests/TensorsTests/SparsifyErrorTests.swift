import Tensors
import Testing

@Suite struct SparsifyErrorTests {
    @Test func everyPartIsPrintedOnceAndInOrder() {
        let error = SparsifyError(
            .malformed, "It is damaged.", file: "m.h5", tensor: "dense/kernel", offset: 64, remedy: "Get another.")
        #expect(error.description == "m.h5: tensor 'dense/kernel': at byte 64: It is damaged. Get another.")
        #expect("\(error)" == error.description)
        #expect(SparsifyError(.io, "No.").description == "No.")
        #expect(SparsifyError(.io, "No.", file: "f").description == "f: No.")
        #expect(SparsifyError(.io, "No.", tensor: "t").description == "tensor 't': No.")
        #expect(SparsifyError(.io, "No.", offset: 0).description == "at byte 0: No.")
        #expect(SparsifyError(.io, "No.", remedy: "Yes.").description == "No. Yes.")
    }

    @Test func namesFromFilesCannotSpeakToTheTerminal() {
        let error = SparsifyError(
            .malformed, "a\u{1b}[31m", file: "f\n", tensor: "t\u{7}", remedy: "r\u{9b}")
        #expect(error.description == #"f\u{a}: tensor 't\u{7}': a\u{1b}[31m r\u{9b}"#)
    }

    @Test(arguments: SparsifyError.Code.allCases) func exitCodesFollowTheKind(_ code: SparsifyError.Code) {
        let expected: Int32 =
            switch code {
            case .disagreement: 2
            case .usage: 64
            default: 1
            }
        #expect(SparsifyError(code, "x").exitCode == expected)
    }

    @Test func codesAreStable() {
        #expect(
            SparsifyError.Code.allCases.map(\.rawValue) == [
                "usage", "io", "unknownFormat", "malformed", "refused", "limit", "unsupported", "numerical",
                "disagreement", "cancelled",
            ])
    }

    @Test func placesAreFilledInButNotReplaced() {
        let error = SparsifyError(.io, "x", file: "first", offset: 3)
        #expect(
            error.located(file: "second", tensor: "t") == SparsifyError(.io, "x", file: "first", tensor: "t", offset: 3)
        )
        #expect(error.located() == error)
    }

    @Test(arguments: [
        ("", ""), ("plain", "plain"), ("größe 重み 🧠", "größe 重み 🧠"), ("\u{0}", #"\u{0}"#), ("\u{1f}", #"\u{1f}"#),
        (" ~", " ~"), ("\u{7f}\u{80}\u{9f}\u{a0}", #"\u{7f}\u{80}\u{9f}"# + "\u{a0}"), ("a\r\nb", #"a\u{d}\u{a}b"#),
        ("e\u{301}\u{1b}", "e\u{301}" + #"\u{1b}"#),
    ]) func controlCharactersAreShown(_ text: String, _ expected: String) {
        #expect(Array(printable(text).unicodeScalars) == Array(expected.unicodeScalars))
    }
}

import Tensors
import Testing

@testable import OtherFormats

@Suite struct NumPyHeaderTests {
    @Test(arguments: ElementType.allCases, NumPyHeader.Version.allCases)
    func everyTypeComesBackInEveryVersion(_ type: ElementType, _ version: NumPyHeader.Version) throws {
        for dimensions in [[], [5], [2, 0, 3], [Int(Int32.max), 4], Array(repeating: 1, count: 64)] {
            for (fortran, big) in [(false, false), (true, false), (false, true)] {
                let header = try NumPyHeader(
                    elementType: type, shape: try Shape(dimensions), isFortranOrder: fortran,
                    isBigEndian: big && ![.opaque16, .bfloat16].contains(type))
                let bytes = header.bytes(version: version)
                #expect(bytes.count % 64 == 0 && bytes.last == 0x0a && bytes[6] == version.rawValue)
                let (parsed, byteCount) = try NumPyHeader.parse(bytes + [1, 2, 3])
                #expect(byteCount == bytes.count)
                #expect(parsed.shape == header.shape && parsed.isFortranOrder == fortran)
                #expect(parsed.isBigEndian == header.isBigEndian)
                #expect(parsed.elementType == type)
            }
        }
    }

    @Test(arguments: [
        "{'descr':'<f4','fortran_order':False,'shape':(2,3)}",
        " {\"shape\": (2, 3,), 'fortran_order' : False, \"descr\": '<f4'}\n\n",
        "{'shape': (2L, 3L), 'fortran_order': False, 'descr': '=f4', }  ",
    ]) func otherSpellingsAreUnderstood(_ text: String) throws {
        let (header, byteCount) = try NumPyHeader.parse(npy(text))
        #expect(try header == NumPyHeader(elementType: .float32, shape: Shape([2, 3])))
        #expect(byteCount == 10 + text.utf8.count)
        #expect(header.dataByteCount == 24)
    }

    struct Rejection: CustomTestStringConvertible {
        var text: String
        var code: SparsifyError.Code
        var message: String
        var testDescription: String { text }

        init(_ text: String, _ code: SparsifyError.Code, _ message: String) {
            (self.text, self.code, self.message) = (text, code, message)
        }

        static func descriptor(_ text: String, _ code: SparsifyError.Code, _ message: String) -> Rejection {
            Rejection("{'descr': \(text), 'fortran_order': False, 'shape': (2,), }", code, message)
        }

        static func shape(_ text: String, _ code: SparsifyError.Code, _ message: String) -> Rejection {
            Rejection("{'descr': '<f8', 'fortran_order': False, 'shape': \(text), }", code, message)
        }
    }

    static let rejections: [Rejection] = [
        .init("", .malformed, "at byte 10: The header needs '{' here."),
        .init("[1, 2]", .malformed, "needs '{'"),
        .init("{}", .malformed, "lacks one of"),
        .init("{'descr': '<f8', 'shape': (2,)}", .malformed, "lacks one of"),
        .init("{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': ()}", .malformed, "'descr' twice"),
        .init("{'fortran_order': False, 'fortran_order': False}", .malformed, "'fortran_order' twice"),
        .init("{'shape': (), 'shape': ()}", .malformed, "'shape' twice"),
        .init("{'extra': 1}", .malformed, "at byte 11: The header has the key 'extra'"),
        .init("{,}", .malformed, "needs a string"),
        .init("{'descr' '<f8'}", .malformed, "needs ':'"),
        .init("{'descr': '<f8' 'shape': ()}", .malformed, "needs '}'"),
        .init("{'descr", .malformed, "has no end"),
        .init("{'des\\x63r': '<f8'}", .malformed, "characters that NumPy does not write"),
        .init("{'descr': '<f8', 'fortran_order': False, 'shape': (), } x", .malformed, "follows the dictionary"),
        .init("{'descr': '<f8', 'fortran_order': 0, 'shape': ()}", .malformed, "neither True nor False"),
        .init("{'descr': '<f8', 'fortran_order': false, 'shape': ()}", .malformed, "neither True nor False"),
        .descriptor("'|O'", .refused, "run code"),
        .descriptor("'O'", .malformed, "not a type"),
        .descriptor("'<O8'", .refused, "run code"),
        .descriptor("[('x', '<f4')]", .unsupported, "at byte 20: The elements are records"),
        .descriptor("('<f4', (2,))", .unsupported, "structured arrays are not read"),
        .descriptor("'|S2'", .unsupported, "byte strings"),
        .descriptor("'<U2'", .unsupported, "strings ('<U2')"),
        .descriptor("'<M8[D]'", .unsupported, "dates"),
        .descriptor("'<m8[s]'", .unsupported, "spans of time"),
        .descriptor("'<c8'", .unsupported, "complex"),
        .descriptor("'<f16'", .unsupported, "unusual width"),
        .descriptor("'|V4'", .unsupported, "without a meaning"),
        .descriptor("'>V2'", .malformed, "byte order"),
        .descriptor("'|f4'", .malformed, "byte order"),
        .descriptor("'<i3'", .malformed, "not a type"),
        .descriptor("'f4'", .malformed, "as NumPy spells it"),
        .descriptor("''", .malformed, "as NumPy spells it"),
        .descriptor("'<'", .malformed, "as NumPy spells it"),
        .descriptor("__import__('os')", .malformed, "needs a string"),
        .shape("3", .malformed, "needs '('"),
        .shape("(3)", .malformed, "not a tuple"),
        .shape("(,)", .malformed, "not a tuple"),
        .shape("(3 4)", .malformed, "not a tuple"),
        .shape("(3, 4 5)", .malformed, "needs ')'"),
        .shape("(03,)", .malformed, "not a tuple"),
        .shape("(0x3,)", .malformed, "not a tuple"),
        .shape("(3.0,)", .malformed, "not a tuple"),
        .shape("(True,)", .malformed, "not a tuple"),
        .shape("(-1,)", .malformed, "negative extent -1"),
        .shape("(9223372036854775808,)", .malformed, "at byte 61: An extent of 'shape' is larger"),
        .shape("(4294967296, 4294967296)", .malformed, "more elements"),
        .shape("(4294967296, 4294967296, 0)", .malformed, "more elements"),
        .shape("(2305843009213693952,)", .malformed, "byte count of the array is larger"),
        .shape("(" + String(repeating: "1, ", count: 65) + ")", .malformed, "at most 64"),
    ]

    @Test(arguments: rejections) func rejected(_ rejection: Rejection) {
        let error = expectFailure(rejection.code, rejection.message) {
            _ = try NumPyHeader.parse(npy(rejection.text))
        }
        #expect((error?.offset ?? 0) >= 10)
    }

    @Test func longIntegersAreOfPython2Only() {
        let text = "{'descr': '<f8', 'fortran_order': False, 'shape': (2L,)}"
        #expect(throws: Never.self) { try NumPyHeader.parse(npy(text, version: 2)) }
        expectFailure(.malformed, "not a tuple") { _ = try NumPyHeader.parse(npy(text, version: 3)) }
    }

    @Test func whatIsNoArrayIsUnknown() {
        for head in [[], [0x93], Array("PK\u{3}\u{4}".utf8), Array("\u{93}NUMPY\u{1}\0".utf8)] as [[UInt8]] {
            expectFailure(.unknownFormat, "not a NumPy array") { _ = try NumPyHeader.parse(head) }
        }
    }

    @Test(arguments: [[0, 0], [1, 1], [4, 0], [255, 255]] as [[UInt8]]) func otherVersions(_ version: [UInt8]) {
        expectFailure(.unsupported, "at byte 6: The version of the format is \(version[0]).\(version[1])") {
            _ = try NumPyHeader.parse(NumPyHeader.magic + version + [0, 0])
        }
    }

    @Test func lengthsBeyondTheFileOrTheLimit() {
        expectFailure(.malformed, "at byte 10: The header needs 118 bytes, but 3 are left.") {
            _ = try NumPyHeader.parse(NumPyHeader.magic + [1, 0, 118, 0, 1, 2, 3])
        }
        expectFailure(.malformed, "header length needs 4 bytes, but 2 are left") {
            _ = try NumPyHeader.parse(NumPyHeader.magic + [2, 0, 118, 0])
        }
        expectFailure(.limit, "at byte 12: The header has 4294967295 bytes") {
            _ = try NumPyHeader.parse(NumPyHeader.magic + [3, 0, 255, 255, 255, 255])
        }
        expectFailure(.limit, "at byte 10: The header has 10001 bytes, more than the limit of 10000") {
            _ = try NumPyHeader.parse(npy(String(repeating: " ", count: 10_001)))
        }
    }
}

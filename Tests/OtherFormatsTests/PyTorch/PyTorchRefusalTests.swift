import ModelIO
import Tensors
import Testing

@testable import OtherFormats

/// Pickles made by hand: what is damaged, what lies, and what would run code.
@Suite struct PyTorchRefusalTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    struct Attempt: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var code: SparsifyError.Code
        var message: String
        var pickle: [UInt8]

        init(_ name: String, _ code: SparsifyError.Code, _ message: String, _ parts: [UInt8]...) {
            (testDescription, self.code, self.message) = (name, code, message)
            pickle = [0x80, 2] + parts.flatMap(\.self)
        }
    }

    private static func text(_ text: String) -> [UInt8] {
        [UInt8(ascii: "X")] + bytes(UInt32(text.utf8.count)) + text.utf8
    }
    private static func ascii(_ text: String) -> [UInt8] { Array(text.utf8) }
    private static func number(_ number: Int32) -> [UInt8] { ascii("J") + bytes(number) }

    private static func storage(_ kind: String = "FloatStorage", key: String = "0", count: Int32 = 6) -> [UInt8] {
        ascii("(") + text("storage") + ascii("ctorch\n\(kind)\n") + text(key) + text("cpu") + number(count)
            + ascii("tQ")
    }

    /// `{"w": tensor}`
    private static func tensor(
        _ storage: [UInt8] = storage(), offset: Int32 = 0, shape: [Int32] = [2, 3], strides: [Int32] = [3, 1]
    ) -> [UInt8] {
        let list = { (numbers: [Int32]) in ascii("(") + numbers.flatMap(number) + ascii("t") }
        return ascii("}") + text("w") + ascii("ctorch._utils\n_rebuild_tensor_v2\n(") + storage + number(offset)
            + list(shape) + list(strides) + [0x89] + ascii("}tRs.")
    }

    private func store(_ pickle: [UInt8], data: Int = 24, others: [HandMadeZip.Member] = []) throws -> String {
        try folder.store(
            "a.pt",
            HandMadeZip.archive(
                [
                    HandMadeZip.Member("a/data.pkl", pickle),
                    HandMadeZip.Member("a/data/0", [UInt8](repeating: 1, count: data)),
                ] + others))
    }

    static let attempts = calls + damage + tensors + extremes

    private static let calls: [Attempt] = [
        Attempt("a system call", .refused, "posix.system", ascii("cposix\nsystem\n("), text("id"), ascii("tR.")),
        Attempt("a call by protocol 4", .refused, "builtins.eval", text("builtins"), text("eval"), [0x93], ascii(".")),
        Attempt("a class of the user's", .refused, "__main__.Net", ascii("c__main__\nNet\n)"), [0x81], ascii(".")),
        Attempt("a quantised tensor", .refused, "_rebuild_qtensor", ascii("ctorch._utils\n_rebuild_qtensor\n.")),
        Attempt("an extension", .unsupported, "instruction 130", [0x82, 1], ascii(".")),
        Attempt("an instance of protocol 0", .unsupported, "instruction 105", ascii("(iposix\nsystem\n.")),
        Attempt("a buffer outside", .unsupported, "instruction 151", [0x97], ascii(".")),
    ]

    private static let damage: [Attempt] = [
        Attempt("a protocol to come", .malformed, "protocol 6", [0x80, 6], ascii(".")),
        Attempt("no end", .malformed, "needs 1 bytes", ascii("}")),
        Attempt("nothing on the stack", .malformed, "takes more than it has", ascii(".")),
        Attempt("a text beyond the end", .malformed, "needs 4294967295 bytes", ascii("X"), bytes(UInt32.max)),
        Attempt("a negative length", .malformed, "needs -1 bytes", [0x8b], bytes(Int32(-1)), ascii(".")),
        Attempt("no UTF-8", .malformed, "UTF-8", ascii("X"), bytes(UInt32(1)), [0xff], ascii(".")),
        Attempt("a memo that is not there", .malformed, "did not keep", ascii("h"), [7], ascii(".")),
        Attempt("a group without a beginning", .malformed, "did not begin", ascii("t.")),
        Attempt("beyond a mark", .malformed, "takes more", ascii("}("), text("a"), ascii("s.")),
        Attempt("items of no dictionary", .malformed, "no dictionary", ascii("](KKKKu.")),
        Attempt("an odd number of items", .malformed, "no dictionary", ascii("}("), text("a"), ascii("u.")),
        Attempt("an element of no list", .malformed, "no list", ascii("}K"), [1], ascii("a.")),
        Attempt("a call of a number", .malformed, "no function", ascii("K"), [1], ascii(")R.")),
        Attempt(
            "a call without arguments", .malformed, "none of its own", ascii("ctorch._utils\n_rebuild_parameter\n)R.")),
    ]

    private static let tensors: [Attempt] = [
        Attempt("a storage that is none", .malformed, "storage in the pickle", ascii("NQ.")),
        Attempt("a storage of an unknown kind", .unsupported, "'torch.Size'", storage("Size"), ascii(".")),
        Attempt("a negative count", .malformed, "storage in the pickle", tensor(storage(count: -1))),
        Attempt("a negative offset", .malformed, "none that PyTorch makes", tensor(offset: -1)),
        Attempt("negative extents", .malformed, "none that PyTorch makes", tensor(shape: [-2, 3])),
        Attempt("negative strides", .malformed, "none that PyTorch makes", tensor(strides: [-3, 1])),
        Attempt("fewer strides", .malformed, "strides [1]", tensor(strides: [1])),
        Attempt("an offset beyond the storage", .malformed, "reaches element 6", tensor(offset: 1)),
        Attempt("strides beyond the storage", .malformed, "reaches element", tensor(strides: [4, 1])),
        Attempt(
            "an overflow", .malformed, "more elements",
            tensor(shape: [.max, .max, .max], strides: [.max, .max, .max])),
        Attempt("a member that is not there", .malformed, "no member 'data/9'", tensor(storage(key: "9"))),
        Attempt("a member elsewhere", .malformed, "no member 'data/../data.pkl'", tensor(storage(key: "../data.pkl"))),
        Attempt("a storage beyond its member", .malformed, "has 24", tensor(storage(count: 100), shape: [7, 1])),
        Attempt("more than memory", .limit, "budget", tensor(shape: [.max, 64], strides: [0, 0])),
    ]

    private static let extremes: [Attempt] = [
        Attempt("keys that are no names", .unsupported, "no names", ascii("}])s.")),
        Attempt(
            "a list within itself", .limit, "deeper",
            ascii("]q"), [0], ascii("h"), [0], ascii("a.")),
        Attempt(
            "a thousand lists within one another", .limit, "deeper", [UInt8](repeating: 0x5d, count: 1000),
            [UInt8](repeating: 0x61, count: 999), ascii(".")),
        Attempt("lists that double", .limit, "entries", doubling),
        Attempt("more instructions than any", .limit, "instructions", [UInt8](repeating: 0x28, count: 5_000_000)),
        Attempt(
            "tuples within tuples", .limit, "deeper", ascii(")"), [UInt8](repeating: 0x85, count: 3_000_000), ascii(".")
        ),
        Attempt("makers within makers", .malformed, "none of its own", makers),
        Attempt("one name twice", .malformed, "two entries", ascii("}"), twice, ascii(".")),
    ]

    /// Lists of the list before, twice: 2⁴⁰ entries.
    private static let doubling: [UInt8] = {
        var pickle = ascii("]q") + [0]
        for number in UInt8(1)...40 {
            pickle += ascii("](h") + [number - 1] + ascii("h") + [number - 1] + ascii("eq") + [number]
        }
        return pickle + ascii(".")
    }()

    /// A maker that is given itself and its own arguments, half a million times.
    private static let makers: [UInt8] = {
        let name = ascii("ctorch._tensor\n_rebuild_from_type_v2\nq") + [0]
        let level = ascii("h") + [0] + ascii("h") + [0] + ascii("h") + [1, 0x87] + ascii("q") + [1]
        return name + ascii(")q") + [1] + [[UInt8]](repeating: level, count: 500_000).flatMap(\.self) + ascii("h") + [0]
            + ascii("h")
            + [1] + ascii("R.")
    }()

    private static let twice: [UInt8] = {
        // {"w": tensor of 2, "w": tensor of 3}
        func item(_ count: Int32) -> [UInt8] { Array(tensor(shape: [count], strides: [1]).dropFirst().dropLast()) }
        return item(2) + item(3)
    }()

    @Test(arguments: attempts) func isRefused(attempt: Attempt) throws {
        let path = try store(attempt.pickle)
        expectFailure(attempt.code, attempt.message, path) { _ = try PyTorchReader(path: path) }
    }

    @Test func theArchiveIsChecked() throws {
        let pickle = [0x80, 2] + Self.tensor()
        _ = try PyTorchReader(path: try store(pickle))
        expectFailure(.malformed, "needs 24 bytes", "has 20") {
            _ = try PyTorchReader(path: try store(pickle, data: 20))
        }
        expectFailure(.unsupported, "byte order") {
            _ = try PyTorchReader(path: try store(pickle, others: [.init("a/byteorder", Array("big".utf8))]))
        }
        expectFailure(.malformed, "2 members 'data.pkl'") {
            _ = try PyTorchReader(path: try store(pickle, others: [.init("b/data.pkl", pickle)]))
        }
        expectFailure(.malformed, "0 members") {
            _ = try PyTorchReader(path: try folder.store("b.pt", HandMadeZip.archive([.init("x", [])])))
        }
    }

    /// A view of nothing may begin anywhere.
    @Test func aViewOfNothingIsRead() throws {
        let far = [0x80, 2] + Self.tensor(offset: .max, shape: [0, 3])
        let reader = try PyTorchReader(path: try store(far))
        var nothing: [UInt8] = []
        try nothing.withUnsafeMutableBytes { try reader.read(0, 0..<0, into: $0) }
        #expect(reader.tensors[0].shape.dimensions == [0, 3])
    }

    /// Every prefix, and every byte changed, is an error or a model; nothing crashes.
    @Test func damageIsNoCrash() throws {
        let pickle = [0x80, 2] + Self.tensor()
        for length in pickle.indices {
            #expect(throws: SparsifyError.self) { _ = try PyTorchReader(path: try store(Array(pickle[..<length]))) }
        }
        for position in pickle.indices {
            for byte in [UInt8(0), 0x28, 0x29, 0x5d, 0x7d, 0x85, 0xff] {
                var damaged = pickle
                damaged[position] = byte
                do { _ = try PyTorchReader(path: try store(damaged)) } catch is SparsifyError {}
            }
        }
    }
}

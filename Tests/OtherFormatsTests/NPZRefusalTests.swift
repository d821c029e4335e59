import Foundation
import ModelIO
import OtherFormats
import Tensors
import Testing

@Suite struct NPZRefusalTests {
    typealias Member = HandMadeZip.Member

    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    static let array = try! npy(.float32, [2], [0, 0, 128, 63, 0, 0, 0, 64])

    struct Attempt: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var code: SparsifyError.Code
        var message: String
        var members: [Member]

        init(_ name: String, _ code: SparsifyError.Code, _ message: String, _ members: [Member]) {
            (testDescription, self.code, self.message, self.members) = (name, code, message, members)
        }
    }

    static let attempts: [Attempt] = [
        Attempt(
            "one name twice", .refused, "two members of the same name",
            [Member("a.npy", array), Member("a.npy", array)]),
        Attempt(
            "one name in two spellings", .refused, "two members",
            [Member("\u{e9}.npy", array) { $0.flags = 0x800 }, Member("e\u{301}.npy", array) { $0.flags = 0x800 }]),
        Attempt("absolute", .refused, "'/a.npy'", [Member("/a.npy", array)]),
        Attempt("climbing", .refused, "'../a.npy'", [Member("../a.npy", array)]),
        Attempt("climbing later", .refused, "'b/../../a.npy'", [Member("b/../../a.npy", array)]),
        Attempt(
            "climbing after a slash with an accent", .refused, "no plain path",
            [
                Member("../\u{301}a.npy", array) { $0.flags = 0x800 }
            ]),
        Attempt("backslashes", .refused, "no plain path", [Member("..\\a.npy", array)]),
        Attempt("drive", .refused, "'C:a.npy'", [Member("C:a.npy", array)]),
        Attempt("folder", .refused, "'a.npy/'", [Member("a.npy/", [])]),
        Attempt("no name", .refused, "''", [Member("", array)]),
        Attempt("ending alone", .unsupported, "'.npy' is no .npy file", [Member(".npy", array)]),
        Attempt("other files", .unsupported, "'data.pkl' is no .npy file", [Member("data.pkl", array)]),
        Attempt(
            "symbolic link", .refused, "'a.npy' is a link",
            [
                Member("a.npy", Array("/etc/passwd".utf8)) { $0.externalAttributes = 0o120777 << 16 }
            ]),
        Attempt("encrypted", .refused, "'a.npy' is encrypted", [Member("a.npy", array) { $0.flags = 1 }]),
        Attempt("bzip2", .unsupported, "'a.npy' is packed by method 12", [Member("a.npy", array) { $0.method = 12 }]),
        Attempt("lzma", .unsupported, "method 14", [Member("a.npy", array) { $0.method = 14 }]),
        Attempt(
            "stored in fewer bytes than declared", .malformed, "stored in 136 bytes, but declares 137",
            [
                Member("a.npy", array) { $0.declaredSize = 137 }
            ]),
        Attempt(
            "beyond the file", .malformed, "cannot be opened",
            [
                Member("a.npy", array) {
                    $0.declaredPackedSize = 1 << 20
                    $0.declaredSize = 1 << 20
                }
            ]),
        Attempt(
            "bomb", .limit, "'a.npy' declare 2147483648 bytes, more than the budget of 1073741824",
            [
                Member("a.npy", array) {
                    $0.method = 8
                    $0.declaredSize = 1 << 31
                }
            ]),
        Attempt(
            "members that are a bomb together", .limit, "up to 'c.npy' declare 1610612736 bytes",
            ["a", "b", "c"].map {
                Member("\($0).npy", array) {
                    $0.method = 8
                    $0.declaredSize = 1 << 29
                }
            }),
    ]

    static let attempts64: [Attempt] = [
        Attempt(
            "bomb of 64 bits", .limit, "declare 1099511627776 bytes",
            [
                Member("a.npy", array) {
                    $0.method = 8
                    $0.sizes64 = (1 << 40, 136)
                }
            ]),
        Attempt(
            "a size of all 64 bits", .malformed, "size of the member 'a.npy' is larger",
            [
                Member("a.npy", array) {
                    $0.method = 8
                    $0.sizes64 = (1 << 63, 136)
                }
            ]),
        Attempt(
            "sizes whose sum is too large", .limit, "declare 9223372036854775807 bytes",
            ["a", "b"].map {
                Member("\($0).npy", array) {
                    $0.method = 8
                    $0.sizes64 = (1 << 63 - 1, 136)
                }
            }),
        Attempt(
            "packed beyond the file", .malformed, "cannot be opened",
            [
                Member("a.npy", array) {
                    $0.method = 8
                    $0.sizes64 = (136, 1 << 40)
                }
            ]),
    ]

    @Test(arguments: attempts + attempts64) func refusedWhenOpened(_ attempt: Attempt) throws {
        let path = try folder.store("x.npz", HandMadeZip.archive(attempt.members))
        let error = expectFailure(attempt.code, attempt.message) { _ = try NPZArchive(path: path) }
        #expect(error?.file == path)
    }

    @Test func whatIsMadeByHandIsReadWhereItIsHonest() throws {
        let path = try folder.store("x.npz", HandMadeZip.archive([Member("a.npy", Self.array)]))
        #expect(try NPZArchive(path: path).array("a").floats() == [1, 2])
        let size = UInt64(Self.array.count)
        let member = Member("b.npy", Self.array) { $0.sizes64 = (size, size) }
        let path64 = try folder.store("x64.npz", HandMadeZip.archive([member]))
        #expect(try NPZArchive(path: path64).array("b").floats() == [1, 2])
    }

    @Test func theBudgetIsThatOfTheCaller() throws {
        let path = Fixtures.path("deflated.npz")
        expectFailure(.limit, "'zeros.npy' declare", "budget of 1000000") {
            _ = try NPZArchive(path: path, maximumBytes: 1_000_000)
        }
        #expect(throws: Never.self) { try NPZArchive(path: path, maximumBytes: 1_300_000) }

        let members = ["a", "b"].map {
            Member("\($0).npy", Self.array) { member in
                member.method = 8
                member.sizes64 = (1 << 62, 136)
            }
        }
        let large = try folder.store("x.npz", HandMadeZip.archive(members))
        expectFailure(.malformed, "sum of the members' sizes is larger") {
            _ = try NPZArchive(path: large, maximumBytes: .max)
        }
    }

    @Test func aChecksumThatDoesNotMatch() throws {
        let path = try folder.store("x.npz", HandMadeZip.archive([Member("a.npy", Self.array) { $0.checksum = 1 }]))
        let archive = try NPZArchive(path: path)
        expectFailure(.malformed, "x.npz: tensor 'a'", "'a.npy' cannot be unpacked", "CRC") {
            _ = try archive.array("a").floats()
        }
    }

    /// The declared size of a deflated member, changed wherever it stands.
    @Test(arguments: [
        (-1, "holds more than its declared 151 bytes"), (1, "ends before its declared 153 bytes"),
        (20_000, "ends before its declared 20152 bytes"),
    ]) func deflatedToAnotherSize(_ change: Int, _ message: String) throws {
        var file = try Fixtures.bytes("deflated.npz")
        let declared = bytes(UInt32(152))
        for offset in 0..<file.count - 4 where Array(file[offset..<offset + 4]) == declared {
            file.replaceSubrange(offset..<offset + 4, with: bytes(UInt32(152 + change)))
        }
        let archive = try NPZArchive(path: try folder.store("x.npz", file))
        expectFailure(.malformed, "x.npz: tensor 'weights'", message) { _ = try archive.array("weights") }
    }

    @Test func theArrayAndItsMemberDisagree() throws {
        let members = [
            Member("short.npy", Array(Self.array.dropLast())), Member("long.npy", Self.array + [0]),
            Member("none.npy", []),
        ]
        let archive = try NPZArchive(path: try folder.store("x.npz", HandMadeZip.archive(members)))
        expectFailure(.malformed, "tensor 'short': At byte 128 of the member", "8 bytes, but 7 follow") {
            _ = try archive.array("short")
        }
        expectFailure(.malformed, "tensor 'long'", "8 bytes, but 9 follow") { _ = try archive.array("long") }
        expectFailure(.unknownFormat, "tensor 'none'", "not a NumPy array") { _ = try archive.array("none") }
    }

    @Test func whatIsNoArchive() throws {
        for content in [[], [0x50, 0x4b], Array("<html>".utf8), Self.array] as [[UInt8]] {
            let path = try folder.store("x.npz", content)
            expectFailure(.unknownFormat, "x.npz: This is not a zip archive.") { _ = try NPZArchive(path: path) }
        }
        expectFailure(.io, "missing.npz") { _ = try NPZArchive(path: folder("missing.npz")) }
    }

    /// Every error is an error of the project, and bytes that are read without one are the right ones.
    private func readAll(_ path: String) throws {
        let archive = try NPZArchive(path: path)
        for name in archive.names where name != "zeros" { _ = try archive.array(name).bytes() }
    }

    @Test(arguments: ["stored.npz", "deflated.npz"]) func cutAnywhere(_ name: String) throws {
        let whole = try Fixtures.bytes(name)
        for count in whole.indices {
            let path = try folder.store("cut.npz", Array(whole[..<count]))
            let error = #expect(throws: SparsifyError.self) { try readAll(path) }
            #expect(error?.file == path)
        }
    }

    @Test(arguments: ["stored.npz", "deflated.npz"]) func anyByteDamaged(_ name: String) throws {
        let whole = try Fixtures.bytes(name)
        let honest = try NPZArchive(path: Fixtures.path(name))
        let values = Dictionary(
            uniqueKeysWithValues: try honest.names.map { ($0, try honest.array($0).header.dataByteCount) })
        for index in whole.indices {
            var damaged = whole
            damaged[index] ^= 0x41
            let path = try folder.store("damaged.npz", damaged)
            do {
                let archive = try NPZArchive(path: path)
                for name in archive.names where name != "zeros" {
                    let bytes = try archive.array(name).bytes()
                    if let expected = values[name] { #expect(bytes.count == expected) }
                }
            } catch {
                #expect(error is SparsifyError)
            }
        }
    }
}

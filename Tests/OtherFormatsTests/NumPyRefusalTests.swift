import ModelIO
import OtherFormats
import Tensors
import Testing

@Suite struct NumPyRefusalTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    @Test(arguments: [
        ("object", SparsifyError.Code.refused, "run code"), ("structured", .unsupported, "records"),
        ("unicode", .unsupported, "strings"), ("bytes", .unsupported, "byte strings"),
        ("datetime", .unsupported, "dates"), ("complex", .unsupported, "complex"),
    ]) func otherElements(_ name: String, _ code: SparsifyError.Code, _ fragment: String) {
        let path = Fixtures.path("\(name).npy")
        let error = expectFailure(code, fragment) { _ = try NumPyArray(path: path) }
        #expect(error?.file == path && error?.offset != nil)
    }

    @Test(arguments: ["float32.npy", "fortran.npy", "version2.npy", "scalar.npy"])
    func cutAnywhere(_ name: String) throws {
        let whole = try Fixtures.bytes(name)
        for count in whole.indices {
            let path = try folder.store("cut.npy", Array(whole[..<count]))
            let error = #expect(throws: SparsifyError.self) { try NumPyArray(path: path) }
            #expect(error?.code == (count < 6 ? .unknownFormat : .malformed))
            #expect(error?.file == path)
        }
    }

    @Test func dataCutShort() throws {
        let path = try folder.store("cut.npy", Array(try Fixtures.bytes("float32.npy").dropLast(5)))
        expectFailure(
            .malformed, "cut.npy: at byte 128: An array of shape (2, 3) and type float32 has 24 bytes, but 19 follow",
            "truncated"
        ) { _ = try NumPyArray(path: path) }
    }

    @Test func moreThanTheArray() throws {
        let path = try folder.store("long.npy", try Fixtures.bytes("float32.npy") + Fixtures.bytes("bool.npy"))
        expectFailure(.malformed, "at byte 128", "24 bytes, but 155 follow", "several arrays") {
            _ = try NumPyArray(path: path)
        }
    }

    @Test func aHugeArrayInASmallFile() throws {
        let path = try folder.store("huge.npy", try npy(.float64, [1 << 40], [1, 2, 3]))
        expectFailure(.malformed, "8796093022208 bytes, but 3 follow") { _ = try NumPyArray(path: path) }
    }

    @Test func boolsThatAreNeither() throws {
        let file = try npy(.bool, [4], [1, 0, 2, 1])
        let array = try NumPyArray(path: try folder.store("bool.npy", file))
        #expect(try array.bytes(0..<2) == [1, 0])
        expectFailure(.malformed, "bool.npy: at byte 130: An element of type bool is 2") { _ = try array.integers() }
    }

    @Test func filesThatAreNotThere() {
        expectFailure(.io, "missing.npy") { _ = try NumPyArray(path: folder("missing.npy")) }
        expectFailure(.unknownFormat, "stored.npz: This is not a NumPy array") {
            _ = try NumPyArray(path: Fixtures.path("stored.npz"))
        }
    }

    @Test func anyByteDamaged() throws {
        for name in ["float32.npy", "fortran.npy"] {
            let whole = try Fixtures.bytes(name)
            for index in whole.indices {
                for change: UInt8 in [0x01, 0x80, 0xff] {
                    var damaged = whole
                    damaged[index] ^= change
                    let path = try folder.store("damaged.npy", damaged)
                    guard let array = try? NumPyArray(path: path) else { continue }
                    #expect(try array.bytes().count == array.header.dataByteCount)
                }
            }
        }
    }
}

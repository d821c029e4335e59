import CHDF5
import ModelIO
import Tensors
import Testing

@testable import HDF5Format

/// What a hostile or damaged file may try. Each attempt fails with an error that names the file and the object.
struct RefusalTests {
    let folder = try! ScratchFolder()

    struct Attempt: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var code: SparsifyError.Code
        var fragments: [String]
        var make: @Sendable (RawFile) throws -> Void

        init(
            _ name: String, _ code: SparsifyError.Code, _ fragments: [String],
            _ make: @escaping @Sendable (RawFile) throws -> Void
        ) {
            testDescription = name
            self.code = code
            self.fragments = fragments
            self.make = make
        }
    }

    static let attempts: [Attempt] = [
        Attempt("external link", .refused, ["'/g/x'", "external link"]) { raw in
            let group = try raw.group("g")
            try Library.call("link") {
                H5Lcreate_external("other.h5", "/secret", group.id, "x", hid_t(H5P_DEFAULT), hid_t(H5P_DEFAULT))
            }
        },
        Attempt("one name in two spellings", .refused, ["'/g'", "Unicode"]) { raw in
            try raw.group("g")
            try raw.dataset("g/caf\u{e9}", [1])
            try raw.dataset("g/cafe\u{301}", [1])
        },
        Attempt("soft link", .refused, ["'/x'", "soft link"]) { raw in
            try raw.dataset("t", [1])
            try Library.call("link") {
                H5Lcreate_soft("/t", raw.file.id, "x", hid_t(H5P_DEFAULT), hid_t(H5P_DEFAULT))
            }
        },
        Attempt("user-defined link", .refused, ["'/x'", "user-defined link"]) { raw in
            try Library.call("link") { chdf5_create_user_link(raw.file.id, "x") }
        },
        Attempt("external storage", .refused, ["'/t'", "other files"]) { raw in
            try raw.dataset("t", [4]) { H5Pset_external($0, "values.bin", 0, 16) }
        },
        Attempt("virtual dataset", .refused, ["'/t'", "virtual"]) { raw in
            let space = try Handle("space") { H5Screate_simple(1, [4], nil) }
            try raw.dataset("t", [4]) { H5Pset_virtual($0, space.id, "other.h5", "/t", space.id) }
        },
        Attempt("cycle", .refused, ["'/g/h/loop'", "leads back"]) { raw in
            try raw.group("g/h")
            try Library.call("link") {
                H5Lcreate_hard(raw.file.id, "/g", raw.file.id, "/g/h/loop", hid_t(H5P_DEFAULT), hid_t(H5P_DEFAULT))
            }
        },
        Attempt("cycle to the root", .refused, ["'/g/loop'", "leads back"]) { raw in
            try raw.group("g")
            try Library.call("link") {
                H5Lcreate_hard(raw.file.id, "/", raw.file.id, "/g/loop", hid_t(H5P_DEFAULT), hid_t(H5P_DEFAULT))
            }
        },
        Attempt("depth", .limit, ["64 groups deep"]) { raw in
            try raw.group((0..<65).map { "g\($0)" }.joined(separator: "/"))
        },
        Attempt("nbit filter", .refused, ["'/t'", "filter number 5"]) { raw in
            try raw.dataset("t", [4]) { list in
                _ = RawFile.chunked(4)(list)
                return H5Pset_nbit(list)
            }
        },
        Attempt("filter of a plug-in", .refused, ["'/t'", "filter number 32000"]) { raw in
            try raw.dataset("t", [4]) { list in
                _ = RawFile.chunked(4)(list)
                return H5Pset_filter(list, 32000, UInt32(H5Z_FLAG_OPTIONAL), 0, nil)
            }
        },
        Attempt("the same filter twice", .refused, ["'/t'", "twice"]) { raw in
            try raw.dataset("t", [4]) { list in
                _ = RawFile.chunked(4)(list)
                H5Pset_deflate(list, 1)
                return H5Pset_deflate(list, 1)
            }
        },
        Attempt("more bytes than can be counted", .malformed, ["'/t'", "byte count"]) { raw in
            try raw.dataset("t", [1 << 40, 1 << 22], RawFile.chunked(1, 1024))
        },
        Attempt("more elements than can be counted", .malformed, ["'/t'", "more elements"]) { raw in
            try raw.dataset("t", [1 << 40, 1 << 30], RawFile.chunked(1, 1024))
        },
        Attempt("an overflow that a zero hides", .malformed, ["'/t'", "more elements"]) { raw in
            try raw.dataset("t", [1 << 40, 0, 1 << 30])
        },
        Attempt("contiguous bomb", .limit, ["'/t'", "budget of 1073741824", "--max-memory"]) { raw in
            try raw.dataset("t", [1 << 20, 1 << 16])
        },
        Attempt("chunked bomb", .limit, ["'/t'", "budget of 1073741824"]) { raw in
            try raw.dataset("t", [1 << 31], RawFile.chunked(1024))
        },
        Attempt("many datasets that are a bomb together", .limit, ["'/t4'", "1342177280 bytes"]) { raw in
            for index in 0..<5 { try raw.dataset("t\(index)", [1 << 26]) }
        },
        Attempt("data other than tensors beyond what is kept", .limit, ["'/t'", "67108864"]) { raw in
            let type = try TypeMaker(.opaque(size: 1 << 20, tag: ""))
            try raw.dataset("t", [65], type: type.handle)
        },
        Attempt("a group called '..'", .refused, ["'..'"]) { raw in try raw.group("g/..") },
        Attempt("climbing weight name", .refused, ["'weight_names'", "'/d'", "'../../x'"]) { raw in
            try raw.list("weight_names", ["k", "../../x"], in: "d")
        },
        Attempt("absolute layer name", .refused, ["'layer_names0'", "'/x'"]) { raw in
            try raw.list("layer_names0", ["/x"], in: "model_weights")
        },
    ]

    @Test(arguments: attempts)
    func refused(_ attempt: Attempt) throws {
        try attempt.make(try RawFile(folder.path()))
        let error = #expect(throws: SparsifyError.self) { try HDF5Reader(path: folder.path()) }
        #expect(error?.code == attempt.code)
        #expect(error?.file == folder.path())
        for fragment in attempt.fragments {
            #expect(error?.description.contains(fragment) == true, "\(error?.description ?? "no error")")
        }
        #expect(throws: SparsifyError.self) { try HDF5Probe.walk(path: folder.path()) }
    }

    @Test func theBudgetCanBeRaised() throws {
        try RawFile(folder.path()).dataset("t", [1 << 20, 1 << 16])
        let reader = try HDF5Reader(path: folder.path(), options: ReadOptions(maximumDeclaredBytes: 1 << 40))
        #expect(try Samples.read(reader, 0, 1 << 35..<1 << 35 + 2) == [0, 0, 0, 0, 0, 0, 0, 0])
    }

    @Test func numberOfObjects() throws {
        try Samples.write(folder.path(), (0..<5).map { Samples.group("g\($0)") })
        let access = DatasetAccess(file: try SourceFile(path: folder.path()))
        var walker = try TreeWalker(access: access, options: ReadOptions(), maximumObjects: 6)
        try walker.walk()
        var narrow = try TreeWalker(access: access, options: ReadOptions(), maximumObjects: 5)
        let error = #expect(throws: SparsifyError.self) { try narrow.walk() }
        #expect(error?.code == .limit)
    }

    @Test func cancelled() throws {
        try Samples.write(folder.path(), [Samples.group("g")])
        let flag = CancellationFlag()
        flag.cancel()
        let error = #expect(throws: SparsifyError.self) {
            try HDF5Reader(path: folder.path(), options: ReadOptions(cancellation: flag))
        }
        #expect(error?.code == .cancelled)
    }
}

extension RawFile {
    /// An attribute of variable-length strings on a new group.
    func list(_ name: String, _ strings: [String], in path: String) throws {
        let value = DataValue(
            type: Samples.text, extent: .simple([strings.count]), payload: .blocks(strings.map { Array($0.utf8) }))
        try ValueWriter.write(Attribute(name: name, value: value), to: try group(path), path: path, isLarge: false)
    }
}

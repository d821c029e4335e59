import Inference
import OtherFormats
import Tensors
import Testing

@testable import Sparsify

/// Arrays as the command line names them.
@Suite struct ArrayFileTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    @Test(arguments: [
        ("x.npy", "x.npy", nil), ("x.npz", "x.npz", nil), ("x.npz:y", "x.npz", "y"), ("X.NPZ:y", "X.NPZ", "y"),
        ("d/x.npz:a/b:0", "d/x.npz", "a/b:0"), ("x.npz:", "x.npz", ""), ("a:b.npy", "a:b.npy", nil),
        ("a:b.npz", "a:b.npz", nil), ("a:b.npz:c", "a:b.npz", "c"), ("x.npy:y", "x.npy:y", nil), ("", "", nil),
    ])
    func names(text: String, path: String, member: String?) {
        let file = ArrayFile(text)
        #expect(file.path == path && file.member == member)
    }

    private func tensor(_ text: String, _ options: JobOptions = JobOptions()) throws -> Tensor<Float> {
        try ArrayFile(text).tensor(options)
    }

    @Test func arraysOfAnArchive() throws {
        try writeArchive(folder("two.npz"), [("in:0", [2], [1, 2]), ("a", [1, 2], [3, 4])])
        try writeArchive(folder("one.npz"), [("b", [2], [1, 2])])
        try writeArchive(folder("none.npz"), [])
        let wanted = try Tensor<Float>(shape: [2], values: [1, 2])
        #expect(try tensor(folder("one.npz")) == wanted)
        #expect(try tensor(folder("one.npz:b")) == wanted)
        #expect(try tensor(folder("two.npz:in:0")) == wanted)
        #expect(try ArrayFile(folder("two.npz")).names(JobOptions()) == ["in:0", "a"])
        #expect(try ArrayFile(folder("two.npz:a")).names(JobOptions()) == nil)
        #expect(try ArrayFile(folder("x.npy")).names(JobOptions()) == nil)
        for (name, words) in [("two.npz", "2 arrays: in:0, a"), ("none.npz", "0 arrays"), ("two.npz:c", "'c'")] {
            #expect { try tensor(folder(name)) } throws: { code($0) == .usage && "\($0)".contains(words) }
        }
        #expect { try tensor(folder("missing.npz")) } throws: { code($0) == .io }
    }

    /// Integers, halves and doubles are read as the numbers they mean, where the type holds them.
    @Test(
        arguments: [
            (ElementType.float64, [0, 0, 0, 0, 0, 0, 0xe0, 0x3f], 0.5), (.float16, [0, 0x38], 0.5),
            (.int64, [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], -2), (.uint8, [200], 200), (.bool, [1], 1),
        ] as [(ElementType, [UInt8], Float)])
    func types(type: ElementType, bytes: [UInt8], value: Float) throws {
        try write(type, bytes)
        #expect(try tensor(folder("x.npy")).values == [value])
        let wide: Tensor<Double> = try ArrayFile(folder("x.npy")).tensor(JobOptions())
        #expect(wide.values == [Double(value)])
    }

    @Test(
        arguments: [
            (ElementType.opaque16, [1, 2], "meaning"), (.int32, [1, 0, 0, 1], "16777217"),
            (.float64, [0, 0, 0, 0, 0, 0, 0xf0, 0x7e], "float32"),
        ] as [(ElementType, [UInt8], String)])
    func typesThatDoNotFit(type: ElementType, bytes: [UInt8], words: String) throws {
        try write(type, bytes)
        #expect { try tensor(folder("x.npy")) } throws: {
            code($0) == .unsupported && "\($0)".contains(words) && "\($0)".contains("x.npy")
        }
    }

    @Test func memoryIsBounded() throws {
        try writeArray(folder("x.npy"), [100], [Float](repeating: 0, count: 100))
        #expect { try tensor(folder("x.npy"), JobOptions(maximumDeclaredBytes: 100)) } throws: { code($0) == .limit }
    }

    private func write(_ type: ElementType, _ bytes: [UInt8]) throws {
        let writer = try NumPyWriter(path: folder("x.npy"), elementType: type, shape: try Shape([1]), overwrite: true)
        try bytes.withUnsafeBytes { try writer.append($0) }
        try writer.finish()
    }
}

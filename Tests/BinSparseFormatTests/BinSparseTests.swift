import Foundation
import HDF5Format
import ModelIO
import Tensors
import Testing

@testable import BinSparseFormat

@Suite final class BinSparseTests {
    private let folder: String
    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("binsparse-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func path(_ name: String = "a.bsp.h5") -> String { "\(folder)/\(name)" }
    private var contents: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] }

    typealias Array1 = (name: String, type: ElementType, shape: [Int], numbers: [Double])

    private static func bytes(_ type: ElementType, _ numbers: [Double]) -> [UInt8] {
        var writer = ByteWriter()
        for number in numbers {
            switch type {
            case .float32: writer.integer(Float(number).bitPattern)
            case .float64: writer.integer(number.bitPattern)
            case .int64: writer.integer(Int64(number))
            case .uint8: writer.integer(UInt8(number))
            case .uint64: writer.integer(number > 1e18 ? UInt64.max : UInt64(number))
            default: writer.integer(Int32(number))
            }
        }
        return writer.bytes
    }

    /// A file of plain datasets below a group with this description.
    private func store(_ descriptor: String, _ arrays: [Array1], group: String = "") throws {
        var root = FileTree.Entry(path: "", kind: .group(.init()))
        let mark = Attribute(name: "binsparse", text: descriptor)
        if group.isEmpty { root.attributes = [mark] }
        var entries = [root]
        if !group.isEmpty { entries.append(.init(path: group, kind: .group(.init()), attributes: [mark])) }
        let infos = try arrays.map {
            TensorInfo(
                name: group.isEmpty ? $0.name : "\(group)/\($0.name)", elementType: $0.type, shape: try Shape($0.shape))
        }
        entries += infos.map { .init(path: $0.name, kind: .tensor(.init(type: ValueType(storing: $0.elementType)))) }
        let writer = try HDF5Writer(
            path: path(), tree: FileTree(entries: entries), tensors: infos,
            options: WriteOptions(overwrite: true, threads: 1))
        for (info, array) in zip(infos, arrays) {
            let data = Self.bytes(array.type, array.numbers)
            let width = info.elementType.byteWidth
            try writer.append(info, expectedNonzeros: nil) { range, target in
                target.copyBytes(from: data[range.lowerBound * width..<range.upperBound * width])
            }
        }
        try writer.finish()
    }

    private static func descriptor(
        _ format: String, _ shape: [Int], _ count: Int?, values: String = "float32", more: String = ""
    ) -> String {
        let counted = count.map { #""number_of_stored_values":\#($0),"# } ?? ""
        return #"{"binsparse":{"version":"0.1.0","format":"\#(format)",\#(counted)\#(more)"shape":\#(shape),"#
            + #""data_types":{"values":"\#(values)","indices_0":"int32","indices_1":"int32","pointers_to_1":"int32"}}}"#
    }

    private func floats(_ reader: BinSparseReader, _ index: Int = 0, _ range: Range<Int>? = nil) throws -> [Float] {
        let range = range ?? 0..<reader.tensors[index].elementCount
        var result = [Float](repeating: .nan, count: range.count)
        try result.withUnsafeMutableBytes { try reader.read(index, range, into: $0) }
        return result
    }

    private static func ints(_ name: String, _ numbers: [Double]) -> Array1 { (name, .int32, [numbers.count], numbers) }
    private static func values(_ numbers: [Double]) -> Array1 { ("values", .float32, [numbers.count], numbers) }

    /// The matrix 0 5 0 7 / 0 0 0 0 / 1 0 2 0.
    static let layouts: [(format: String, arrays: [Array1])] = [
        ("CSR", [ints("pointers_to_1", [0, 2, 2, 4]), ints("indices_1", [1, 3, 0, 2]), values([5, 7, 1, 2])]),
        ("CSC", [ints("pointers_to_1", [0, 1, 2, 3, 4]), ints("indices_1", [2, 0, 2, 0]), values([1, 5, 2, 7])]),
        (
            "DCSR",
            [
                ints("indices_0", [0, 2]), ints("pointers_to_1", [0, 2, 4]), ints("indices_1", [1, 3, 0, 2]),
                values([5, 7, 1, 2]),
            ]
        ),
        (
            "DCSC",
            [
                ints("indices_0", [0, 1, 2, 3]), ints("pointers_to_1", [0, 1, 2, 3, 4]),
                ints("indices_1", [2, 0, 2, 0]),
                values([1, 5, 2, 7]),
            ]
        ),
        ("COO", [ints("indices_0", [0, 0, 2, 2]), ints("indices_1", [1, 3, 0, 2]), values([5, 7, 1, 2])]),
        ("COOR", [ints("indices_0", [0, 0, 2, 2]), ints("indices_1", [1, 3, 0, 2]), values([5, 7, 1, 2])]),
        ("COOC", [ints("indices_0", [0, 1, 2, 3]), ints("indices_1", [2, 0, 2, 0]), values([1, 5, 2, 7])]),
        ("DMATR", [("values", .float32, [12], [0, 5, 0, 7, 0, 0, 0, 0, 1, 0, 2, 0])]),
        ("DMATC", [("values", .float32, [12], [0, 0, 1, 5, 0, 0, 0, 0, 2, 7, 0, 0])]),
    ]

    @Test(arguments: layouts.indices) func everyLayoutIsRead(number: Int) throws {
        let (format, arrays) = Self.layouts[number]
        try store(Self.descriptor(format, [3, 4], format.hasPrefix("DM") ? nil : 4), arrays)
        let reader = try BinSparseReader(path: path())
        #expect(reader.tensors.map(\.name) == ["matrix"] && reader.tensors[0].shape.dimensions == [3, 4])
        #expect(try floats(reader) == [0, 5, 0, 7, 0, 0, 0, 0, 1, 0, 2, 0])
        for start in 0..<12 {
            for end in start...12 {
                #expect(
                    try floats(reader, 0, start..<end)
                        == [0, 5, 0, 7, 0, 0, 0, 0, 1, 0, 2, 0][start..<end].map { Float($0) })
            }
        }
    }

    @Test func vectorsAndUniformValues() throws {
        for format in ["VEC", "CVEC"] {
            try store(
                Self.descriptor(format, [6], 2), [Self.ints("indices_0", [1, 4]), Self.values([3, 8])], group: "v")
            let reader = try BinSparseReader(path: path())
            #expect(reader.tensors.map(\.name) == ["v"])
            #expect(try floats(reader) == [0, 3, 0, 0, 8, 0] && floats(reader, 0, 4..<5) == [8])
        }
        try store(
            Self.descriptor("CSR", [2, 2], 3, values: "iso[float32]"),
            [Self.ints("pointers_to_1", [0, 1, 3]), Self.ints("indices_1", [1, 0, 1]), Self.values([9])])
        #expect(try floats(BinSparseReader(path: path())) == [0, 9, 9, 9])
    }

    struct Attempt: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var code: SparsifyError.Code
        var message: String
        var descriptor: String
        var pointers: [Double] = [0, 2, 2, 4]
        var indices: [Double] = [1, 3, 0, 2]
        var count = 4
        var first: [Double]?
        var indexType = ElementType.int32
    }

    static let attempts: [Attempt] = [
        .init(testDescription: "no JSON", code: .malformed, message: "no description", descriptor: "{"),
        .init(
            testDescription: "an unknown format", code: .unsupported, message: "'XYZ'",
            descriptor: descriptor("XYZ", [3, 4], 4)),
        .init(
            testDescription: "levels", code: .unsupported, message: "levels",
            descriptor: #"{"binsparse":{"format":{"level":"dense"},"shape":[3,4],"data_types":{}}}"#),
        .init(
            testDescription: "a symmetric matrix", code: .unsupported, message: "half",
            descriptor: descriptor("CSR", [3, 4], 4, more: #""structure":"symmetric_lower","#)),
        .init(
            testDescription: "another filling", code: .unsupported, message: "not zero",
            descriptor: descriptor("CSR", [3, 4], 4, more: #""fill":true,"#)),
        .init(
            testDescription: "another rank", code: .malformed, message: "[12]", descriptor: descriptor("CSR", [12], 4)),
        .init(
            testDescription: "negative extents", code: .malformed, message: "-3",
            descriptor: descriptor("CSR", [-3, 4], 4)),
        .init(
            testDescription: "an overflow", code: .malformed, message: "more elements",
            descriptor: descriptor("CSR", [.max, .max], 4)),
        .init(
            testDescription: "another count", code: .malformed, message: "5 values",
            descriptor: descriptor("CSR", [3, 4], 5)),
        .init(
            testDescription: "another type", code: .malformed, message: "float64",
            descriptor: descriptor("CSR", [3, 4], 4, values: "float64")),
        .init(
            testDescription: "truth", code: .unsupported, message: "bint8",
            descriptor: descriptor("CSR", [3, 4], 4, values: "bint8")),
        .init(
            testDescription: "fewer values", code: .malformed, message: "3 are stored",
            descriptor: descriptor("CSR", [3, 4], 4), count: 3),
        .init(
            testDescription: "pointers that fall", code: .malformed, message: "pointers_to_1",
            descriptor: descriptor("CSR", [3, 4], 4), pointers: [0, 3, 2, 4]),
        .init(
            testDescription: "pointers beyond the end", code: .malformed, message: "pointers_to_1",
            descriptor: descriptor("CSR", [3, 4], 4), pointers: [0, 2, 2, 5]),
        .init(
            testDescription: "pointers from elsewhere", code: .malformed, message: "pointers_to_1",
            descriptor: descriptor("CSR", [3, 4], 4), pointers: [-1, 2, 2, 4]),
        .init(
            testDescription: "too few pointers", code: .malformed, message: "pointers_to_1",
            descriptor: descriptor("CSR", [3, 4], 4), pointers: [0, 2, 4]),
        .init(
            testDescription: "an index beyond the row", code: .malformed, message: "index 4",
            descriptor: descriptor("CSR", [3, 4], 4), indices: [1, 4, 0, 2]),
        .init(
            testDescription: "a negative index", code: .malformed, message: "index -1",
            descriptor: descriptor("CSR", [3, 4], 4), indices: [-1, 3, 0, 2]),
        .init(
            testDescription: "an index twice", code: .malformed, message: "after 3",
            descriptor: descriptor("CSR", [3, 4], 4), indices: [3, 3, 0, 2]),
        .init(
            testDescription: "indices that are none", code: .malformed, message: "float32",
            descriptor: descriptor("CSR", [3, 4], 4), indexType: .float32),
        .init(
            testDescription: "an index of 64 bits", code: .malformed, message: "index",
            descriptor: descriptor("CSR", [3, 4], 4), indices: [1, 2e18, 0, 2], indexType: .uint64),
        .init(
            testDescription: "rows that are not sorted", code: .malformed, message: "not sorted",
            descriptor: descriptor("COO", [3, 4], 4), first: [2, 0, 2, 2]),
        .init(
            testDescription: "a row beyond the array", code: .malformed, message: "beyond",
            descriptor: descriptor("COO", [3, 4], 4), first: [0, 0, 2, 3]),
        .init(
            testDescription: "fewer rows", code: .malformed, message: "indices_0",
            descriptor: descriptor("COO", [3, 4], 4), first: [0, 0, 2]),
        .init(
            testDescription: "rows twice", code: .malformed, message: "not sorted",
            descriptor: descriptor("DCSR", [4, 4], 4), first: [0, 0, 2]),
        .init(
            testDescription: "no rows", code: .malformed, message: "needs an array",
            descriptor: descriptor("COO", [3, 4], 4)),
        .init(
            testDescription: "columns that have nothing", code: .limit, message: "budget",
            descriptor: descriptor("CSC", [0, 1 << 40], 4)),
        .init(
            testDescription: "columns without number", code: .malformed, message: "size of the array",
            descriptor: descriptor("CSC", [0, .max], 4)),
        .init(
            testDescription: "rows that have nothing", code: .limit, message: "budget",
            descriptor: descriptor("DCSR", [1 << 40, 0], 4), first: [0, 1, 2]),
        .init(
            testDescription: "more rows than memory", code: .limit, message: "budget",
            descriptor: descriptor("COO", [1 << 40, 1], 4), first: [0, 0, 0, 0]),
        .init(
            testDescription: "more than memory", code: .limit, message: "budget",
            descriptor: descriptor("CVEC", [1 << 40], 4), first: [0, 1, 2, 3]),
    ]

    @Test(arguments: attempts) func isRefused(attempt: Attempt) throws {
        var arrays: [Array1] = [
            Self.ints("pointers_to_1", attempt.pointers),
            ("indices_1", attempt.indexType, [attempt.indices.count], attempt.indices),
            Self.values([5, 7, 1, 2].prefix(attempt.count).map { $0 }),
        ]
        if let first = attempt.first { arrays.append(Self.ints("indices_0", first)) }
        try store(attempt.descriptor, arrays, group: "w")
        let error = #expect(throws: SparsifyError.self) {
            let reader = try BinSparseReader(path: path())
            _ = try floats(reader, reader.tensors.firstIndex { $0.name == "w" } ?? 0)
        }
        #expect(error?.code == attempt.code, "\(error?.description ?? "")")
        #expect(error?.description.contains(attempt.message) ?? false, "\(error?.description ?? "")")
    }

    /// What is written: arrays of CSR below the tensor's own path, the rest as it was.
    @Test func whatIsWritten() throws {
        let format = BinSparseFormat()
        let mark = Attribute(name: "note", text: "kept")
        let tree = FileTree(entries: [
            .init(path: "", kind: .group(.init()), attributes: [mark]),
            .init(path: "conv", kind: .tensor(.init(type: ValueType(storing: .float32))), attributes: [mark]),
            .init(path: "bias", kind: .tensor(.init(type: ValueType(storing: .float32)))),
        ])
        let infos = [
            TensorInfo(name: "conv", elementType: .float32, shape: try Shape([2, 1, 3])),
            TensorInfo(name: "bias", elementType: .float32, shape: try Shape([3])),
        ]
        #expect(format.losses(path: path(), tree: tree, tensors: infos).count == 1)
        let numbers: [[Float]] = [[0, 1, 0, -0.0, 0, 2], [1, 0, 3]]
        let writer = try format.makeWriter(path: path(), tree: tree, tensors: infos, options: WriteOptions(threads: 1))
        for (info, values) in zip(infos, numbers) {
            try writer.append(info, expectedNonzeros: nil) { range, target in
                values[range].withUnsafeBytes { target.copyMemory(from: $0) }
            }
        }
        try writer.finish()
        #expect(contents == ["a.bsp.h5"])
        let plain = try HDF5Reader(path: path())
        #expect(Set(plain.tensors.map(\.name)) == ["conv/pointers_to_1", "conv/indices_1", "conv/values", "bias"])
        let reader = try BinSparseReader(path: path())
        #expect(reader.tensors.map(\.name).sorted() == ["bias", "conv"])
        let conv = try #require(reader.tensors.firstIndex { $0.name == "conv" })
        #expect(reader.tensors[conv].shape.dimensions == [2, 1, 3])
        #expect(try floats(reader, conv).map(\.bitPattern) == numbers[0].map(\.bitPattern))
        #expect(reader.tree.entry(at: "conv")?.attributes == [mark] && reader.tree.entries[0].attributes == [mark])
        #expect(throws: SparsifyError.self) {
            try format.makeWriter(path: path(), tree: tree, tensors: infos, options: WriteOptions(threads: 1))
        }
    }

    /// A matrix alone lies at the root, where tools that know files of one matrix look for it.
    @Test func aMatrixAloneLiesAtTheRoot() throws {
        let tree = FileTree(entries: [
            .init(path: "", kind: .group(.init())), .init(path: "a", kind: .group(.init())),
            .init(path: "a/w", kind: .tensor(.init(type: ValueType(storing: .int64)))),
        ])
        let info = TensorInfo(name: "a/w", elementType: .int64, shape: try Shape([2, 2]))
        let writer = try BinSparseFormat().makeWriter(
            path: path(), tree: tree, tensors: [info], options: WriteOptions(threads: 1))
        try writer.append(info, expectedNonzeros: nil) { range, target in
            for (place, element) in range.enumerated() {
                target.storeBytes(of: Int64(element), toByteOffset: 8 * place, as: Int64.self)
            }
        }
        try writer.finish()
        #expect(Set(try HDF5Reader(path: path()).tensors.map(\.name)) == ["pointers_to_1", "indices_1", "values"])
        let reader = try BinSparseReader(path: path())
        #expect(reader.tensors == [info] && reader.tree == tree)
    }
}

import Foundation
import ModelIO
import Tensors
import Testing

@testable import ONNXFormat

/// One for each rule that a file may break.
@Suite struct RefusalTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var file: [UInt8]
        var code: SparsifyError.Code
        var says: String
        var testDescription: String { name }

        init(_ name: String, _ file: [UInt8], _ code: SparsifyError.Code = .malformed, says: String) {
            (self.name, self.file, self.code, self.says) = (name, file, code, says)
        }

        /// A model of one initialiser.
        init(_ name: String, tensor: [UInt8], _ code: SparsifyError.Code = .malformed, says: String) {
            self.init(name, model(block(5, tensor)), code, says: says)
        }
    }

    private static func external(_ entries: [(String, String)]) -> [UInt8] {
        entries.flatMap { block(13, block(1, $0.0) + block(2, $0.1)) } + field(14, 1)
    }

    private static func sparse(_ indices: [Int64], dimensions: [Int64], rank: [Int64] = []) -> [UInt8] {
        let raw = indices.flatMap { index in withUnsafeBytes(of: index.littleEndian) { Array($0) } }
        return model(
            block(
                15,
                block(1, tensor([2], 1, "w", block(9, floats([1, 2]))))
                    + block(2, tensor([2] + rank, 7, "i", block(9, raw)))
                    + dimensions.flatMap { field(3, $0) }))
    }

    private static let four = block(9, [0, 0, 0, 0])

    static let cases: [Case] = [
        Case("nothing", [], says: "has no graph"),
        Case("no graph", field(1, 8), says: "has no graph"),
        Case("a length past the end", field(1, 8) + [0x3a, 0x50, 0x0a], says: "declares 80 bytes"),
        Case("an absurd length", field(1, 8) + [0x3a] + varint(.max), says: "declares 18446744073709551615 bytes"),
        Case("a number without end", [0x08, 0xff, 0xff, 0xff], says: "no variable-length number"),
        Case(
            "a number of eleven bytes", [0x08] + [UInt8](repeating: 0xff, count: 10) + [1],
            says: "no variable-length number"),
        Case("a group", [0x0b, 0x0c], says: "no protobuf field"),
        Case("a field number of 0", [0x02, 0x00], says: "no protobuf field"),
        Case(
            "two graphs", model(block(5, tensor([1], 1, "w", four))) + block(7, [UInt8](block(2, "g"))), says: "is fine"
        ),
        Case("a type twice as long", tensor: tensor([2], 1, "w", four), says: "has 8 bytes, not 4"),
        Case("too few numbers", tensor: tensor([3], 1, "w", block(4, floats([1]))), says: "has 12 bytes, not 4"),
        Case("no numbers at all", tensor: tensor([3], 1, "w"), says: "has 12 bytes, not 0"),
        Case("a negative extent", tensor: tensor([-1], 1, "w", four), says: "negative extent -1"),
        Case(
            "extents that overflow", tensor: tensor([1 << 40, 1 << 40], 1, "w", four), says: "more elements than"),
        Case(
            "extents that overflow before a 0", tensor: tensor([1 << 40, 1 << 40, 0], 1, "w"),
            says: "more elements than"),
        Case("a type that is not known", tensor: tensor([1], 99, "w", four), .unsupported, says: "number 99"),
        Case("raw data twice", tensor: tensor([1], 1, "w", four + four), says: "raw_data twice"),
        Case(
            "a name twice", model(block(5, tensor([1], 1, "w", four)) + block(5, tensor([1], 1, "w", four))),
            says: "Two initialisers"),
        Case("a name that is kept", tensor: tensor([1], 1, "onnx.model", four), says: "one that is kept"),
        Case("an external tensor without a place", tensor: tensor([1], 1, "w", field(14, 1)), says: "no location"),
        Case(
            "external data elsewhere", tensor: tensor([1], 1, "w", external([("location", "../secret")])), .refused,
            says: "no plain file"),
        Case(
            "external data by an absolute path", tensor: tensor([1], 1, "w", external([("location", "/etc/passwd")])),
            .refused, says: "no plain file"),
        Case(
            "external data in a folder", tensor: tensor([1], 1, "w", external([("location", "a/b")])), .refused,
            says: "no plain file"),
        Case(
            "external data that are not there", tensor: tensor([1], 1, "w", external([("location", "none")])), .io,
            says: "cannot be opened"),
        Case(
            "a negative offset", tensor: tensor([1], 1, "w", external([("location", "beside"), ("offset", "-4")])),
            says: "no count of bytes"),
        Case(
            "an offset past the end",
            tensor: tensor([1], 1, "w", external([("location", "beside"), ("offset", "13")])),
            says: "at 13 are asked for"),
        Case(
            "an absurd offset",
            tensor: tensor([1], 1, "w", external([("location", "beside"), ("offset", "9223372036854775807")])),
            says: "are asked for"),
        Case(
            "another length", tensor: tensor([1], 1, "w", external([("location", "beside"), ("length", "8")])),
            says: "has 4 bytes, not 8"),
        Case(
            "external data by a link", tensor: tensor([1], 1, "w", external([("location", "link")])), .refused,
            says: "symbolic link"),
        Case("sparse indices in disorder", sparse([3, 1], dimensions: [6]), says: "do not ascend"),
        Case("a sparse index twice", sparse([3, 3], dimensions: [6]), says: "do not ascend"),
        Case("a sparse index beyond", sparse([3, 6], dimensions: [6]), says: "lie outside"),
        Case("a sparse index of -1", sparse([-1, 3], dimensions: [6]), says: "lie outside"),
        Case(
            "sparse indices of another rank", sparse([0, 1, 2, 3], dimensions: [6], rank: [2]), says: "indices of shape"
        ),
        Case("an absurd sparse tensor", sparse([0, 1], dimensions: [1 << 50]), .limit, says: "more than the"),
    ]

    @Test(arguments: cases.filter { $0.name != "two graphs" })
    func refused(_ example: Case) throws {
        try folder.store("beside", [UInt8](repeating: 0, count: 16))
        try FileManager.default.createSymbolicLink(atPath: folder("link"), withDestinationPath: folder("beside"))
        let path = try folder.store("model.onnx", example.file)
        let error = #expect(throws: SparsifyError.self) { try ONNXReader(path: path) }
        #expect(error?.code == example.code, "\(error?.description ?? "")")
        #expect(error?.description.contains(example.says) == true, "\(error?.description ?? "")")
    }

    @Test func linksAreFollowedWhereAsked() throws {
        try folder.store("beside", floats([7]))
        try FileManager.default.createSymbolicLink(atPath: folder("link"), withDestinationPath: folder("beside"))
        let path = try folder.store(
            "model.onnx", model(block(5, tensor([1], 1, "w", Self.external([("location", "link")])))))
        let reader = try ONNXReader(path: path, options: ReadOptions(followsLinks: true))
        #expect(try reader.bytes("w") == floats([7]))
    }

    /// Whatever part of a file there is, it is read or refused.
    @Test(arguments: ["plain", "sparse", "types"])
    func everyTruncationIsAnError(name: String) throws {
        let whole = try Fixtures.bytes(name)
        for length in 0..<whole.count {
            let path = try folder.store("cut.onnx", Array(whole.prefix(length)))
            do {
                let reader = try ONNXReader(path: path)
                for tensor in reader.tensors { _ = try reader.bytes(tensor.name) }
                // What is cut between two fields of the model is a model with less in it.
                #expect(length > 30)
            } catch {
                #expect(error is SparsifyError)
            }
        }
    }

    /// A byte that is another is read as something else, or refused; nothing worse.
    @Test(arguments: ["plain", "sparse", "lstm"])
    func everyChangedByteIsReadOrRefused(name: String) throws {
        let whole = try Fixtures.bytes(name)
        for place in stride(from: 0, to: whole.count, by: max(whole.count / 400, 1)) {
            for change in [UInt8(0x01), 0x80, 0xff] {
                var bytes = whole
                bytes[place] ^= change
                let path = try folder.store("changed.onnx", bytes)
                do {
                    let reader = try ONNXReader(path: path)
                    for tensor in reader.tensors { _ = try reader.bytes(tensor.name) }
                    _ = ONNXDocument.make(reader)
                } catch {
                    #expect(error is SparsifyError)
                }
            }
        }
    }
}

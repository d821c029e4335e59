import Foundation
import ModelIO
import SPMFormat
import SparseCoding
import Tensors
import Testing

/// Files that were written once and must be read for ever.
@Suite struct GoldenTests {
    private static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private static let folder = repository.appendingPathComponent("fixtures/golden/spm/v1").path
    private static let specification = repository.appendingPathComponent("formats/spm.md").path

    struct File: Sendable, CustomTestStringConvertible {
        var name: String
        var tensors: [Expected]
        var testDescription: String { name }
        var path: String { "\(GoldenTests.folder)/\(name)" }
    }

    struct Expected: Sendable, Equatable {
        var name: [UInt8]
        var type: String
        var shape: [Int]
        var nonzeros: Int
        var checksum: UInt32
    }

    static let files: [File] = {
        guard let text = try? String(contentsOfFile: "\(folder)/manifest.txt", encoding: .utf8) else { return [] }
        var files: [File] = []
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            if files.last?.name != fields[0] { files.append(File(name: fields[0], tensors: [])) }
            guard fields.count == 6 else { continue }
            files[files.count - 1].tensors.append(
                Expected(
                    name: Array(fields[1].utf8), type: fields[2],
                    shape: fields[3].split(separator: "x").compactMap { Int($0) },
                    nonzeros: Int(fields[4]) ?? -1, checksum: UInt32(fields[5], radix: 16) ?? 0))
        }
        return files
    }()

    @Test func everyFileIsInTheManifest() throws {
        let present = try FileManager.default.contentsOfDirectory(atPath: Self.folder).filter { $0.hasSuffix(".spm") }
        #expect(Set(present) == Set(Self.files.map(\.name)) && present.count == Self.files.count)
        #expect(Self.files.reduce(0) { $0 + $1.tensors.count } == 147)
        #expect(Set(Self.files.flatMap(\.tensors).map(\.type)) == Set(ElementType.allCases.map(\.name)))
    }

    @Test(arguments: files) func decodesToWhatItHeld(_ file: File) throws {
        let reader = try SPMReader(path: file.path)
        #expect(reader.tensors.count == file.tensors.count)
        for (index, expected) in file.tensors.enumerated() {
            let tensor = reader.tensors[index]
            let bytes = try reader.bytes(index)
            let found = Expected(
                name: Array(tensor.name.utf8), type: tensor.elementType.name, shape: tensor.shape.dimensions,
                nonzeros: TestModel.nonzeros(bytes, tensor.elementType.byteWidth), checksum: crc32(bytes))
            #expect(found == expected)
            #expect(reader.nonzeros(index) == expected.nonzeros)
            try expectPiecesAgree(reader, index, bytes)
        }
    }

    /// Halves, and the non-zero elements alone.
    private func expectPiecesAgree(_ reader: SPMReader, _ index: Int, _ whole: [UInt8]) throws {
        let count = reader.tensors[index].elementCount
        let width = reader.tensors[index].elementType.byteWidth
        #expect(try reader.bytes(index, 0..<count / 2) + reader.bytes(index, count / 2..<count) == whole)
        for chunk in 0..<reader.chunkCount(index) {
            let start = reader.chunkElements(index, chunk).lowerBound
            try reader.withNonzeros(index, chunk: chunk) { nonzeros in
                for (place, position) in nonzeros.positions.enumerated() {
                    let element = (start + Int(position)) * width
                    let isSame = whole[element..<element + width]
                        .elementsEqual(nonzeros.values[place * width..<(place + 1) * width])
                    #expect(isSame)
                }
            }
        }
    }

    @Test func everyIndexFormIsThere() throws {
        for name in ["index-forms.spm", "by-hand.spm"] {
            let reader = try SPMReader(path: "\(Self.folder)/\(name)")
            var total = ChunkLedger()
            for index in reader.tensors.indices { total += try reader.ledger(index) }
            #expect(Set(total.forms.keys) == Set(IndexForm.allCases))
        }
    }

    @Test func theTreeIsWhatItWas() throws {
        let reader = try SPMReader(path: "\(Self.folder)/tree.spm")
        #expect(reader.tree == GoldenTree.tree)
        #expect(reader.metadata == GoldenTree.metadata)
        #expect(reader.tree.entry(at: "")?.attribute("padded")?.value.strings == ["é"])
    }

    // MARK: The example of the specification

    /// The bytes of the blocks of hexadecimal numbers in the specification: the file, and its index decoded.
    private func specifiedBytes() throws -> [[UInt8]] {
        let text = try String(contentsOfFile: Self.specification, encoding: .utf8)
        return text.components(separatedBy: "```hex\n").dropFirst().map { block in
            let lines = block.components(separatedBy: "```")[0]
            return lines.split(whereSeparator: \.isWhitespace).compactMap { UInt8($0, radix: 16) }
        }
    }

    private func exampleModel() throws -> TestModel {
        var model = TestModel()
        var values = [Float](repeating: 0, count: 16)
        (values[1], values[6], values[11]) = (0.5, -2.25, -0.0)
        try model.add(
            "w", .float32, [4, 4], values.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) })
        try model.add("z", .int8, [300], [UInt8](repeating: 0, count: 300))
        model.tree.entries[1].kind = .tensor(.init(type: GoldenTree.float32))
        model.tree.entries[2].kind = .tensor(.init(type: .integer(size: 1, isSigned: true, order: .little)))
        let text = ValueType.fixedString(size: 2, padding: .nullPadded, characterSet: .ascii)
        model.tree.entries[0].attributes = [
            Attribute(name: "by", value: .init(type: text, extent: .scalar, payload: .bytes(Array("Hi".utf8))))
        ]
        model.metadata = ["by": "hand"]
        return model
    }

    @Test func theExampleIsTheGoldenFileAndDecodes() throws {
        let blocks = try specifiedBytes()
        #expect(blocks.count == 2)
        #expect(try contents("\(Self.folder)/example.spm") == blocks[0])
        #expect(blocks[0].count == 191 && blocks[1].count == 105)
        let reader = try SPMReader(path: "\(Self.folder)/example.spm")
        let model = try exampleModel()
        #expect(try reader.allBytes() == model.elements)
        #expect(reader.tree == model.tree && reader.metadata == model.metadata)
    }

    /// All but the compressed index, which is what the installed zlib makes of it.
    @Test func theWriterMakesTheExample() throws {
        let blocks = try specifiedBytes()
        let temporary = try TemporaryFolder()
        try exampleModel().write(temporary("w.spm"))
        let written = try contents(temporary("w.spm"))
        #expect(written[..<32] == blocks[0][..<32])
        #expect(written[40..<48] == blocks[0][40..<48])
        #expect(written[64..<86] == blocks[0][64..<86])
        #expect(written.suffix(8) == blocks[0].suffix(8))
        for file in [written, blocks[0]] {
            var index = [UInt8](repeating: 0, count: 105)
            let stored = Array(file[86..<file.count - 8])
            try index.withUnsafeMutableBytes { target in
                try stored.withUnsafeBytes { try Inflater().decompress($0, into: target) }
            }
            #expect(index == blocks[1])
        }
    }
}

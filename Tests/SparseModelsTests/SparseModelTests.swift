import ModelIO
import Tensors
import Testing

@testable import SparseModels

@Suite struct SparseModelTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func code(_ error: any Error) -> SparsifyError.Code? { (error as? SparsifyError)?.code }

    @Test(arguments: ElementType.allCases, [1, 4])
    func denseGivesEveryElementToTheBit(type: ElementType, threads: Int) throws {
        let count = 300
        var bytes = [UInt8](repeating: 0, count: count * type.byteWidth)
        // Every fifth element is kept; all of its bits are in use, and NaN and −0.0 are among them.
        for index in stride(from: 0, to: count, by: 5) {
            for byte in 0..<type.byteWidth {
                bytes[index * type.byteWidth + byte] =
                    switch index % 15 {
                    case 0: type == .bool ? 1 : 0xff
                    case 5: byte == type.byteWidth - 1 && type != .bool ? 0x80 : type == .bool ? 1 : 0
                    default: type == .bool ? 1 : UInt8(truncatingIfNeeded: index * 31 + byte * 7) | 1
                    }
            }
        }
        var file = ModelFile()
        try file.add("group/w", type, [10, 30], bytes)
        try file.write(folder("model.spm"))
        let model = try SparseModel(contentsOf: folder("model.spm"), threads: threads)
        let tensor = try model.dense("group/w")
        #expect(tensor.shape.dimensions == [10, 30])
        #expect(tensor.elementType == type)
        #expect(tensor.withBytes { Array($0) } == bytes)
        let description = try model.description(of: "group/w")
        #expect(description.nonzeros == 60)
        #expect(description.shape.dimensions == [10, 30])
        #expect(description.elementType == type)
        #expect((tensor.floats != nil) == type.isFloatingPoint)
        #expect(tensor.floats.map(\.count) ?? count == count)
    }

    @Test func floatsAreTheNumbersThatTheBitsMean() throws {
        var file = ModelFile()
        try file.add("half", .float16, [4], [0x00, 0x3c, 0x00, 0xc0, 0x00, 0x00, 0x00, 0x7c])
        try file.add("brain", .bfloat16, [3], [0x80, 0x3f, 0x00, 0xc0, 0x00, 0x00])
        try file.add("double", .float64, [2], [0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0])
        try file.add("single", [2], [-1.5, 0])
        try file.write(folder("model.spm"))
        let model = try SparseModel(contentsOf: folder("model.spm"))
        #expect(try model.dense("half").floats == [1, -2, 0, .infinity])
        #expect(try model.dense("brain").floats == [1, -2, 0])
        #expect(try model.dense("double").floats == [1, 0])
        #expect(try model.dense("single").floats == [-1.5, 0])
    }

    @Test func namesComeInTheOrderOfTheFile() throws {
        var file = ModelFile()
        let names = ["z", "a/b/c", "m", "é", "a/b/d"]
        for name in names { try file.add(name, [1], [1]) }
        file.metadata = ["source.format": "hdf5", "pruning.sparsity": "0.5"]
        try file.write(folder("model.spm"))
        let model = try SparseModel(contentsOf: folder("model.spm"))
        #expect(model.names == names)
        #expect(model.metadata == file.metadata)
        #expect(model.configuration == nil)
    }

    @Test func theConfigurationComesAlong() throws {
        var file = ModelFile()
        let config = "{\"class_name\": \"Sequential\", \"n\": \"ä\"}"
        file.attributes = [
            Attribute(
                name: "model_config",
                value: DataValue(
                    type: .variableString(padding: .nullTerminated, characterSet: .utf8), extent: .scalar,
                    payload: .blocks([Array(config.utf8)])))
        ]
        try file.add("w", [1], [1])
        try file.write(folder("model.spm"))
        #expect(try SparseModel(contentsOf: folder("model.spm")).configuration == config)
    }

    @Test func anUnknownNameIsNamedInTheError() throws {
        var file = ModelFile()
        try file.add("w", [1], [1])
        try file.write(folder("model.spm"))
        let model = try SparseModel(contentsOf: folder("model.spm"))
        func isUsage(_ error: any Error) -> Bool {
            code(error) == .usage && "\(error)".contains("'nothing'") && "\(error)".contains(folder("model.spm"))
        }
        #expect { try model.dense("nothing") } throws: { isUsage($0) }
        #expect { try model.matrix("nothing") } throws: { isUsage($0) }
        #expect { try model.description(of: "nothing") } throws: { isUsage($0) }
    }

    @Test(arguments: ElementType.allCases.filter { $0 != .float32 })
    func aMatrixIsOfSinglePrecision(type: ElementType) throws {
        var file = ModelFile()
        try file.add("w", type, [2, 2], [UInt8](repeating: 1, count: 4 * type.byteWidth))
        try file.write(folder("model.spm"))
        let model = try SparseModel(contentsOf: folder("model.spm"))
        #expect { try model.matrix("w") } throws: {
            code($0) == .usage && "\($0)".contains(type.name) && "\($0)".contains("'w'")
        }
    }

    // MARK: Damage

    @Test func everyDamagedByteOfAChunkIsAnError() throws {
        var file = ModelFile()
        try file.add("w", [40, 50], sparseValues(2000, keep: 0.1))
        try file.write(folder("model.spm"))
        let sound = try contents(folder("model.spm"))
        // The preamble says where the index begins, and so where the chunks end.
        let end = sound[40..<48].reversed().reduce(0) { $0 << 8 | Int($1) }
        #expect(end > 500)
        for place in stride(from: 64, to: end, by: 7) {
            var bytes = sound
            bytes[place] ^= UInt8(1 << (place % 8))
            try store(bytes, folder("damaged.spm"))
            let model = try SparseModel(contentsOf: folder("damaged.spm"))
            // The index is whole.
            #expect(model.names == ["w"])
            for threads in [1, 3] {
                let model = try SparseModel(contentsOf: folder("damaged.spm"), threads: threads)
                #expect { try model.dense("w") } throws: { code($0) == .malformed && "\($0)".contains("'w'") }
                #expect { try model.matrix("w") } throws: { code($0) == .malformed && "\($0)".contains("'w'") }
            }
        }
    }

    @Test func whatIsNoModelIsAnError() throws {
        var file = ModelFile()
        try file.add("w", [4], [1, 0, 0, 2])
        try file.write(folder("model.spm"))
        let sound = try contents(folder("model.spm"))
        for length in [0, 1, 63, 64, sound.count / 2, sound.count - 1] {
            try store(Array(sound.prefix(length)), folder("cut.spm"))
            #expect { try SparseModel(contentsOf: folder("cut.spm")) } throws: {
                code($0) == .malformed && "\($0)".contains("cut.spm")
            }
        }
        #expect { try SparseModel(contentsOf: folder("missing.spm")) } throws: { code($0) == .io }
        #expect { try SparseModel(contentsOf: folder("model.spm"), maximumBytes: 15) } throws: { code($0) == .limit }
        #expect(try SparseModel(contentsOf: folder("model.spm"), maximumBytes: 16).names == ["w"])
    }
}

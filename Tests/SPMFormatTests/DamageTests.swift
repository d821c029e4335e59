import ModelIO
import SPMFormat
import Tensors
import Testing

/// Damage anywhere in a file is an error, never other values.
@Suite struct DamageTests {
    let folder: TemporaryFolder
    let whole: [UInt8]
    let model: TestModel

    init() throws {
        folder = try TemporaryFolder()
        var model = TestModel()
        try model.add("a", .float32, [4, 5], keep: 0.4)
        try model.add("b", .uint8, [3], keep: 1)
        try model.add("zero", .float64, [9], keep: 0)
        model.tree.entries[0].attributes = [
            Attribute(
                name: "note",
                value: .init(
                    type: .fixedString(size: 2, padding: .nullPadded, characterSet: .ascii), extent: .scalar,
                    payload: .bytes([65, 66])))
        ]
        model.metadata = ["k": "v"]
        try model.write(folder("whole.spm"))
        whole = try contents(folder("whole.spm"))
        self.model = model
    }

    private func expectRefused(_ bytes: [UInt8], _ what: @autoclosure () -> String) throws {
        try store(bytes, folder("damaged.spm"))
        #expect(throws: SparsifyError.self, "\(what())") { _ = try SPMReader(path: folder("damaged.spm")).allBytes() }
    }

    @Test func theFileIsWholeAndSmall() throws {
        #expect(try SPMReader(path: folder("whole.spm")).allBytes() == model.elements)
        #expect(whole.count < 400)
    }

    @Test func everyTruncation() throws {
        for length in 0..<whole.count { try expectRefused(Array(whole[..<length]), "cut to \(length) bytes") }
    }

    /// Cut bytes that leave a plausible end behind.
    @Test func everyTruncationWithAnEndMark() throws {
        for length in 0..<whole.count - 8 {
            try expectRefused(Array(whole[..<length]) + whole.suffix(8), "cut to \(length) bytes, with an end mark")
        }
    }

    @Test(arguments: [0, 1, 2, 3, 4, 5, 6, 7] as [UInt8]) func everyBit(_ bit: UInt8) throws {
        for place in whole.indices {
            var damaged = whole
            damaged[place] ^= 1 << bit
            try expectRefused(damaged, "bit \(bit) of byte \(place) turned")
        }
    }

    @Test func everyByte() throws {
        for place in whole.indices {
            var damaged = whole
            damaged[place] ^= 0xff
            try expectRefused(damaged, "byte \(place) turned")
        }
    }

    @Test func bytesPutInAndTakenOut() throws {
        for place in whole.indices {
            var damaged = whole
            damaged.remove(at: place)
            try expectRefused(damaged, "byte \(place) taken out")
            damaged = whole
            damaged.insert(0, at: place)
            try expectRefused(damaged, "a byte put in at \(place)")
        }
        try expectRefused(whole + [0], "a byte at the end")
        try expectRefused(whole + whole, "twice the file")
        try expectRefused([], "nothing")
    }

    /// A good file, exchanged for another of the same length after it was opened.
    @Test func aFileThatChangesUnderTheReader() throws {
        let path = folder("whole.spm")
        let reader = try SPMReader(path: path)
        var damaged = whole
        damaged[66] ^= 1
        try store(damaged, path)
        // Written in place or beside the old one: old values or an error, never others.
        if let bytes = try? reader.bytes(0) { #expect(bytes == model.elements[0]) }
    }

    @Test func noSuchFile() {
        let error = #expect(throws: SparsifyError.self) { try SPMReader(path: folder("none.spm")) }
        #expect(error?.code == .io)
        #expect(throws: SparsifyError.self) { try SPMReader(path: folder.path) }
    }
}

import Foundation
import ModelIO
import Tensors
import Testing

/// A folder that goes with its owner.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("modelio-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

    var contents: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }

    func bytes(_ name: String) -> [UInt8]? { FileManager.default.contents(atPath: self(name)).map(Array.init) }

    func store(_ name: String, _ bytes: [UInt8]) throws { try Data(bytes).write(to: URL(fileURLWithPath: self(name))) }
}

@Suite struct AtomicFileTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func write(_ bytes: [UInt8], to file: AtomicFile) throws {
        try bytes.withUnsafeBytes { try file.write($0) }
    }

    @Test func theFileAppearsOnlyWhenCommitted() throws {
        let file = try AtomicFile(path: folder("out"), overwrite: false)
        try write([1, 2, 3], to: file)
        #expect(folder.bytes("out") == nil)
        #expect(FileManager.default.fileExists(atPath: file.temporaryPath))
        try write([4], to: file)
        try write([], to: file)
        try file.commit()
        #expect(folder.bytes("out") == [1, 2, 3, 4])
        #expect(folder.contents == ["out"])
    }

    @Test func bytesAlreadyWrittenCanBeReplaced() throws {
        let file = try AtomicFile(path: folder("out"), overwrite: false)
        try write([0, 0, 0, 4], to: file)
        try [UInt8]([1, 2]).withUnsafeBytes { try file.write($0, at: 1) }
        try write([5], to: file)
        try file.commit()
        #expect(folder.bytes("out") == [0, 1, 2, 4, 5])
    }

    @Test func largeWritesArriveWhole() throws {
        let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let file = try AtomicFile(path: folder("out"), overwrite: false)
        try write(bytes, to: file)
        try file.commit()
        #expect(folder.bytes("out") == bytes)
    }

    @Test func anExistingFileIsNotReplacedWithoutLeave() throws {
        try folder.store("out", [9])
        let error = #expect(throws: SparsifyError.self) { try AtomicFile(path: folder("out"), overwrite: false) }
        #expect(error?.code == .io && error?.file == folder("out"))
        #expect(error?.remedy?.contains("--force") == true)
        #expect(folder.bytes("out") == [9] && folder.contents == ["out"])
    }

    /// One that appears under the name while the work goes on.
    @Test func aFileThatComesUpMeanwhileIsNotReplacedWithoutLeave() throws {
        do {
            let file = try AtomicFile(path: folder("out"), overwrite: false)
            try write([1], to: file)
            try folder.store("out", [9])
            let error = #expect(throws: SparsifyError.self) { try file.commit() }
            #expect(error?.code == .io)
            #expect(folder.bytes("out") == [9])
        }
        #expect(folder.contents == ["out"])
    }

    @Test func withLeaveTheOldFileStaysUntilTheCommit() throws {
        try folder.store("out", [9])
        let file = try AtomicFile(path: folder("out"), overwrite: true)
        try write([1, 2], to: file)
        #expect(folder.bytes("out") == [9])
        try file.commit()
        #expect(folder.bytes("out") == [1, 2])
        #expect(folder.contents == ["out"])
    }

    @Test func aFailureKeepsTheOldFileAndLeavesNothing() throws {
        try folder.store("out", [9])
        do {
            let file = try AtomicFile(path: folder("out"), overwrite: true)
            try write([1, 2], to: file)
            #expect(folder.contents.count == 2)
            withExtendedLifetime(file) {}
        }
        #expect(folder.bytes("out") == [9])
        #expect(folder.contents == ["out"])
    }

    @Test func aFileNeverCommittedIsRemoved() throws {
        do {
            let file = try AtomicFile(path: folder("out"), overwrite: false)
            try write([1], to: file)
            withExtendedLifetime(file) {}
        }
        #expect(folder.contents.isEmpty)
    }

    @Test func foldersAndMissingFoldersAreRefusedAtOnce() {
        for path in [folder.path, folder("missing/out")] {
            for overwrite in [false, true] {
                let error = #expect(throws: SparsifyError.self) { try AtomicFile(path: path, overwrite: overwrite) }
                #expect(error?.code == .io && error?.file == path)
            }
        }
        #expect(folder.contents.isEmpty)
    }

    @Test func otherKindsOfFilesAreNeverReplaced() throws {
        for overwrite in [false, true] {
            #expect(throws: SparsifyError.self) { try AtomicFile(path: "/dev/null", overwrite: overwrite) }
        }
    }
}

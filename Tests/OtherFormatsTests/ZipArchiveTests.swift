import ModelIO
import Tensors
import Testing

@testable import OtherFormats

@Suite struct ZipArchiveTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func open(_ members: HandMadeZip.Member...) throws -> ZipArchive {
        try ZipArchive(path: try folder.store("a.zip", HandMadeZip.archive(members)))
    }

    @Test func membersComeBack() throws {
        let large = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let source = try InputFile(path: try folder.store("large", large))
        let writer = ZipArchiveWriter(to: try AtomicFile(path: folder("a.zip"), overwrite: false))
        try writer.append("folder/text", Array("hello".utf8))
        try writer.append("empty", [UInt8]())
        try writer.append("large", source)
        try writer.finish()
        let archive = try ZipArchive(path: folder("a.zip"))
        #expect(archive.members.map(\.name) == ["folder/text", "empty", "large"])
        #expect(archive.members.map(\.size) == [5, 0, 3_000_000])
        #expect(try archive.contents("folder/text", maximumBytes: 5) == Array("hello".utf8))
        #expect(try archive.contents("empty", maximumBytes: 0) == [])
        #expect(try archive.contents("missing", maximumBytes: 5) == nil)
        let sink = try AtomicFile(path: folder("out"), overwrite: false)
        try archive.extract("large", to: sink)
        try sink.commit()
        #expect(folder.bytes("out") == large)
        expectFailure(.limit, "more than the limit of 4") { _ = try archive.contents("folder/text", maximumBytes: 4) }
        expectFailure(.malformed, "has no member 'missing'") {
            try archive.extract("missing", to: DiscardingSink(path: ""))
        }
    }

    @Test func namesAreCheckedWhenWritten() throws {
        let writer = ZipArchiveWriter(to: DiscardingSink(path: "a.zip"))
        expectFailure(.refused, "no plain path") { try writer.append("../x", [1]) }
        try writer.append("x", [1])
        expectFailure(.usage, "already") { try writer.append("x", [2]) }
    }

    @Test func hostileArchivesAreRefused() throws {
        expectFailure(.refused, "two members") { _ = try open(.init("x", [1]), .init("x", [2])) }
        expectFailure(.refused, "no plain path") { _ = try open(.init("../../evil", [1])) }
        expectFailure(.refused, "no plain path") { _ = try open(.init("/abs", [1])) }
        expectFailure(.refused, "encrypted") { _ = try open(.init("x", [1]) { $0.flags = 1 }) }
        expectFailure(.refused, "link or a device") {
            _ = try open(.init("x", [1]) { $0.externalAttributes = 0o120777 << 16 })
        }
        expectFailure(.unsupported, "method 12") { _ = try open(.init("x", [1]) { $0.method = 12 }) }
        expectFailure(.limit, "more than the budget") {
            _ = try open(
                .init("x", [3, 0]) {
                    $0.method = 8
                    $0.declaredSize = 2_000_000_000
                })
        }
        expectFailure(.malformed, "CRC") {
            _ = try open(.init("x", [1]) { $0.checksum = 5 }).contents("x", maximumBytes: 10)
        }
        // An empty deflate stream that declares a byte.
        expectFailure(.malformed, "cannot be unpacked") {
            _ = try open(
                .init("x", [3, 0]) {
                    $0.method = 8
                    $0.declaredSize = 1
                }
            ).contents("x", maximumBytes: 10)
        }
    }
}

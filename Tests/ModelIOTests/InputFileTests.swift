import Foundation
import ModelIO
import Tensors
import Testing

@Suite struct InputFileTests {
    let folder: TemporaryFolder
    let file: InputFile
    let all: [UInt8] = (0..<100).map { UInt8($0) }

    init() throws {
        folder = try TemporaryFolder()
        try folder.store("in", all)
        file = try InputFile(path: folder("in"))
    }

    @Test func anyRangeInsideIsRead() throws {
        #expect(file.size == 100 && file.path == folder("in"))
        for (offset, count) in [(0, 0), (0, 1), (0, 100), (99, 1), (50, 50), (100, 0), (3, 7)] {
            #expect(try file.bytes(at: offset, count: count) == Array(all[offset..<offset + count]))
        }
    }

    @Test(arguments: [
        (0, 101), (100, 1), (99, 2), (101, 0), (-1, 1), (-1, 0), (0, -1), (.max, 1), (1, .max), (.max, .max), (.min, 5),
    ]) func nothingOutsideIsRead(_ offset: Int, _ count: Int) {
        let error = #expect(throws: SparsifyError.self) { try file.bytes(at: offset, count: count) }
        #expect(error?.code == .malformed && error?.file == file.path)
    }

    @Test func theHeadIsAtMostTheFile() throws {
        #expect(try file.head() == all)
        #expect(try file.head(5) == [0, 1, 2, 3, 4])
        try folder.store("empty", [])
        #expect(try InputFile(path: folder("empty")).head() == [])
    }

    @Test func whatIsNoRegularFileIsRefused() {
        for path in [folder("missing"), folder.path, "/dev/null", "/dev/zero", ""] {
            let error = #expect(throws: SparsifyError.self) { try InputFile(path: path) }
            #expect(error?.code == .io && error?.file == path)
        }
    }

    @Test func aFileCutWhileOpenIsAnError() throws {
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: folder("in")))
        try handle.truncate(atOffset: 10)
        try handle.close()
        #expect(try file.bytes(at: 0, count: 10) == Array(all[..<10]))
        let error = #expect(throws: SparsifyError.self) { try file.bytes(at: 5, count: 10) }
        #expect(error?.code == .io && error?.message.contains("shorter") == true)
    }

    @Test func severalThreadsReadAtOnce() throws {
        try Parallel.forEach(200, threads: 4) { job in
            let bytes = try file.bytes(at: job % 50, count: 50)
            #expect(bytes.first == UInt8(job % 50) && bytes.count == 50)
        }
    }
}

import Foundation
import ModelIO
import OtherFormats
import Tensors
import Testing

/// A folder that goes with its owner.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("archives-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

    var contents: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }
}

enum Fixtures {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("fixtures").path

    static func path(_ name: String) -> String { "\(folder)/\(name)" }
}

/// Members of an archive, by name.
typealias Members = [(name: String, bytes: [UInt8])]

func members(_ path: String) throws -> Members {
    let archive = try ZipArchive(path: path)
    return try archive.members.map { ($0.name, try archive.contents($0.name, maximumBytes: 1 << 30) ?? []) }
}

func store(_ members: Members, _ path: String) throws {
    let archive = ZipArchiveWriter(to: try AtomicFile(path: path, overwrite: true))
    for member in members { try archive.append(member.name, member.bytes) }
    try archive.finish()
}

extension ModelReader {
    func bytes(_ index: Int) throws -> [UInt8] {
        var result = [UInt8](repeating: 0xaa, count: tensors[index].byteCount)
        try result.withUnsafeMutableBytes { try read(index, 0..<tensors[index].elementCount, into: $0) }
        return result
    }
}

/// Expects an error of this code that says all of this.
@discardableResult
func expectFailure(
    _ code: SparsifyError.Code, _ fragments: String..., sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () throws -> Void
) -> SparsifyError? {
    let error = #expect(throws: SparsifyError.self, sourceLocation: sourceLocation, performing: body)
    #expect(error?.code == code, "\(error?.description ?? "")", sourceLocation: sourceLocation)
    for fragment in fragments {
        let text = error?.description ?? "no error"
        #expect(text.contains(fragment), "\(text)", sourceLocation: sourceLocation)
    }
    return error
}

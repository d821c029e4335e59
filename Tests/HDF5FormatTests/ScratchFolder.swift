import Foundation
import Tensors

@testable import HDF5Format

/// A folder of its own for each test, removed with it.
final class ScratchFolder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "hdf5-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String = "model.h5") -> String { url.appending(path: name).path }

    var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: url.path).sorted()) ?? [] }

    func bytes(_ name: String = "model.h5") throws -> [UInt8] {
        [UInt8](try Data(contentsOf: url.appending(path: name)))
    }

    func write(_ bytes: [UInt8], _ name: String = "model.h5") throws {
        try Data(bytes).write(to: url.appending(path: name))
    }
}

extension Array where Element == UInt8 {
    /// Where `pattern` first stands.
    func offset(of pattern: [UInt8]) -> Int? {
        guard !pattern.isEmpty, count >= pattern.count else { return nil }
        return (0...count - pattern.count).first { self[$0] == pattern[0] && self[$0...].starts(with: pattern) }
    }
}

func bytes<T: FixedWidthInteger>(_ value: T) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }

func float32(_ values: [Float]) -> [UInt8] { values.flatMap { bytes($0.bitPattern) } }

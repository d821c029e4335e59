import Foundation
import ModelIO
import Synchronization
import Tensors
import Testing

@testable import KerasArchives

@Suite struct KerasArchiveRefusalTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private static let trained = Fixtures.path("keras/trained.keras")

    private func open(_ change: (inout Members) -> Void) throws -> KerasArchiveReader {
        var members = try members(Self.trained)
        change(&members)
        try store(members, folder("bad.keras"))
        return try KerasArchiveReader(path: folder("bad.keras"))
    }

    @Test(arguments: ["metadata.json", "config.json", "model.weights.h5"])
    func aMissingMember(name: String) throws {
        let error = expectFailure(.malformed, "has no member '\(name)'") {
            _ = try open { $0.removeAll { $0.name == name } }
        }
        #expect(error?.file == folder("bad.keras"))
    }

    @Test(arguments: ["metadata.json", "config.json"], [[0xff, 0xfe], [0x7b, 0, 0x7d]] as [[UInt8]])
    func aTextThatIsNone(name: String, bytes: [UInt8]) throws {
        expectFailure(.malformed, "'\(name)' is no text in UTF-8") {
            _ = try open { members in
                for index in members.indices where members[index].name == name { members[index].bytes = bytes }
            }
        }
    }

    @Test func pickledWeights() throws {
        expectFailure(.unsupported, "pickled objects", "save it again") {
            _ = try open { members in
                members.removeAll { $0.name == "model.weights.h5" }
                members.append(("model.weights.npz", [1]))
            }
        }
    }

    @Test func weightsThatAreNoHDF5() throws {
        let error = expectFailure(.malformed, "in 'model.weights.h5'") {
            _ = try open { $0[$0.count - 1].bytes = Array("no HDF5".utf8) }
        }
        #expect(error?.file == folder("bad.keras"))
    }

    @Test func truncatedWeights() throws {
        let error = expectFailure(.malformed, "model.weights.h5") {
            _ = try open { $0[$0.count - 1].bytes.removeLast(5000) }
        }
        #expect(error?.description.contains("/.sparsify-") == false)
    }

    @Test func aMemberOfAnotherNameIsLeftOut() throws {
        let reader = try open { $0.append(("notes.txt", [1])) }
        #expect(reader.warnings.count == 1 && reader.warnings[0].contains("'notes.txt' was left out"))
    }

    @Test func moreThanTheBudget() throws {
        expectFailure(.limit, "more than the budget") {
            _ = try KerasArchiveReader(path: Self.trained, options: ReadOptions(maximumDeclaredBytes: 1000))
        }
    }

    @Test func moreAssetsThanAreKeptInMemory() throws {
        expectFailure(.limit, "more than the limit") {
            _ = try open { $0.append(("assets/large", [UInt8](repeating: 0, count: (64 << 20) + 1))) }
        }
    }

    /// What the probe says of the weights is said of the archive.
    @Test func theProbeIsAskedAboutTheWeights() throws {
        let walked = Mutex("")
        let options = ReadOptions(probe: { path in
            walked.withLock { $0 = path }
            #expect(try InputFile(path: path).head(4) == [0x89, 0x48, 0x44, 0x46])
            throw SparsifyError(.malformed, "It died.", file: path)
        })
        let error = expectFailure(.malformed, "It died. (in 'model.weights.h5')") {
            _ = try KerasArchiveReader(path: Self.trained, options: options)
        }
        #expect(error?.file == Self.trained)
        // Nothing is left where it was unpacked to.
        #expect(!FileManager.default.fileExists(atPath: walked.withLock { $0 }))
    }

    @Test(arguments: Array(stride(from: 0, to: 2_400, by: 97))) func anyByteMayBeWrong(position: Int) throws {
        var file = [UInt8](try Data(contentsOf: URL(fileURLWithPath: Fixtures.path("keras/trained_deflated.keras"))))
        file[position] ^= 0xff
        try Data(file).write(to: URL(fileURLWithPath: folder("bad.keras")))
        do {
            let reader = try KerasArchiveReader(path: folder("bad.keras"))
            for index in reader.tensors.indices { _ = try reader.bytes(index) }
        } catch is SparsifyError {}
    }
}

import Foundation
import Inference
import Testing

@testable import Sparsify

/// What is kept of measurements. Each test in which something is measured takes a while, so there are few.
@Suite struct CostTableCacheTests {
    private let folder: TemporaryFolder
    /// No machine has such costs.
    private let strange: CostTable

    init() throws {
        folder = try TemporaryFolder()
        var table = CostTable.standard
        table.turning = 1234.5
        strange = table
    }

    private func text(_ name: String) throws -> String { String(decoding: try contents(folder(name)), as: UTF8.self) }

    @Test func isMadeAndKept() throws {
        let cache = CostTableCache(path: folder("a/b/costs.txt"))
        let table = cache.table()
        #expect(try text("a/b/costs.txt") == table.text)
        // What is kept is taken, whatever it says.
        try store(Array(strange.text.utf8), folder("a/b/costs.txt"))
        #expect(cache.table() == strange)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder("a/b")) == ["costs.txt"])
    }

    @Test func isDoneAnewOnDemand() throws {
        try store(Array(strange.text.utf8), folder("costs.txt"))
        let table = CostTableCache(path: folder("costs.txt")).table(recalibrates: true)
        #expect(table != strange)
        #expect(try text("costs.txt") == table.text)
    }

    @Test func aDamagedFileIsReplaced() throws {
        let bytes = Array(strange.text.utf8)
        try store(Array(bytes.dropLast(20)) + [0xff, 0xfe], folder("costs.txt"))
        let table = CostTableCache(path: folder("costs.txt")).table()
        #expect(try text("costs.txt") == table.text)
        #expect(CostTable(text: table.text) == table)
    }

    /// What cannot be read or written costs a measurement and nothing else: a folder that is a file, a file that is a
    /// folder, no place at all.
    @Test func aPlaceThatCannotBeUsed() throws {
        try store([1, 2, 3], folder("file"))
        try FileManager.default.createDirectory(atPath: folder("inner/costs.txt"), withIntermediateDirectories: true)
        for path in [folder("file/costs.txt"), folder("inner/costs.txt"), "costs.txt", nil] {
            #expect(CostTableCache(path: path).table().dense.allSatisfy { $0 > 0 })
        }
        #expect(try contents(folder("file")) == [1, 2, 3])
        #expect(folder.contents == ["file", "inner"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder("inner")) == ["costs.txt"])
        #expect(!FileManager.default.fileExists(atPath: "costs.txt"))
    }

    @Test func placesOfTheUser() async {
        await #expect(processExitsWith: .success) {
            func path(_ cache: String?, _ home: String?) -> String? {
                if let cache { setenv("XDG_CACHE_HOME", cache, 1) } else { unsetenv("XDG_CACHE_HOME") }
                if let home { setenv("HOME", home, 1) } else { unsetenv("HOME") }
                return CostTableCache().path
            }
            #expect(path("/c", "/h")?.hasPrefix("/c/sparsify/kernel-costs-") == true)
            #expect(path(nil, "/h")?.hasPrefix("/h/.cache/sparsify/kernel-costs-") == true)
            // A relative path means nothing here.
            #expect(path("c", "/h")?.hasPrefix("/h/.cache/sparsify/") == true)
            #expect(path("", "h") == nil)
            #expect(path(nil, nil) == nil)
            let name = path("/c", nil).map { $0.dropFirst("/c/sparsify/".count) } ?? ""
            #expect(name.hasSuffix(".txt") && !name.contains("/") && !name.contains(" "))
        }
    }
}

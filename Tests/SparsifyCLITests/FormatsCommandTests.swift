import Foundation
import Testing

@Suite struct FormatsCommandTests {
    private static let ids = [
        "spm", "binsparse", "hdf5", "safetensors", "keras", "keras-shards", "onnx", "numpy", "pytorch",
    ]

    @Test func listsWhatIsReadAndWritten() throws {
        let result = try Command.run("formats")
        #expect(result.exited && result.status == 0)
        let lines = result.output.split(separator: "\n")
        #expect(lines.dropFirst().map { $0.split(separator: " ")[0] } == Self.ids.map { Substring($0) })
        #expect(result.output.contains(".safetensors.index.json"))
    }

    @Test func listsThemAsJSON() throws {
        struct Row: Decodable {
            var format: String
            var endings: [String]
            var isWritten: Bool
            var summary: String
        }
        let result = try Command.run("formats", "--json")
        let rows = try JSONDecoder().decode([Row].self, from: Data(result.output.utf8))
        #expect(rows.map(\.format) == Self.ids && rows.filter { !$0.isWritten }.map(\.format) == ["pytorch"])
        #expect(rows.allSatisfy { !$0.summary.isEmpty && $0.endings.allSatisfy { $0.hasPrefix(".") } })
    }
}

import Foundation
import Testing

/// `sparsify bench`, as users run it. What it measures is not looked at.
@Suite struct BenchCommandTests {
    private let model = Fixtures.path("digits_mlp.h5")

    private func run(_ arguments: String...) throws -> Command.Result {
        try Command.run(["bench", model, "--runs", "1", "--threads", "2"] + arguments)
    }

    private func keys(_ value: Any?) -> Set<String> { Set((value as? [String: Any] ?? [:]).keys) }

    @Test func theTimesAsJSON() throws {
        let result = try run("--batch", "1,3", "--json")
        #expect(result.status == 0 && result.errors == "")
        let json = try result.json
        #expect(keys(json) == ["model", "threads", "removals", "batches"])
        #expect(json["model"] as? String == model && json["threads"] as? Int == 2)
        let batches = try #require(json["batches"] as? [[String: Any]])
        #expect(batches.map { $0["batch"] as? Int } == [1, 3])
        for batch in batches {
            #expect(keys(batch) == ["batch", "dense", "sparse", "chosen", "memoryBytes", "layers"])
            #expect(batch["memoryBytes"] as? Int ?? 0 > 0)
            let layers = try #require(batch["layers"] as? [[String: Any]])
            let weighted = layers.filter { $0["sparsity"] != nil }
            #expect(weighted.count == 3)
            for layer in layers {
                var wanted: Set = ["name", "dense", "sparse", "chosen", "isSparse"]
                if layer["sparsity"] != nil { wanted.formUnion(["sparsity", "gigaflops", "breakEvenSparsity"]) }
                #expect(keys(layer) == wanted)
                #expect(["dense", "sparse", "chosen"].allSatisfy { layer[$0] as? Double ?? -1 >= 0 })
                // No weight is zero, so nothing but a dense kernel pays.
                #expect(layer["isSparse"] as? Bool == false)
                #expect(layer["sparsity"] as? Double ?? 0 == 0)
                #expect((0...1).contains(layer["breakEvenSparsity"] as? Double ?? 0))
            }
        }
    }

    @Test func theTimesAsTables() throws {
        let result = try run("--batch", "1,3")
        #expect(result.status == 0 && result.errors == "")
        let lines = result.output.split(separator: "\n").map(String.init)
        let titles = lines.filter { $0.hasPrefix("batch ") }
        #expect(titles.map { String($0.prefix(19)) } == ["batch 1, 2 threads,", "batch 3, 2 threads,"])
        for words in ["layer", "sparsity", "dense ms", "sparse ms", "chosen", "GFLOP/s", "break-even"] {
            #expect(lines.count { $0.contains(words) } == 2 || words == "layer", "\(words)")
        }
        #expect(lines.count { $0.hasPrefix("in all ") } == 2)
    }

    @Test(arguments: ["0", "-1", "", "a", "1,", ",1", "1,,2", "1,0", "1 2", "1048577", "99999999999999999999"])
    func batchesThatAreNone(text: String) throws {
        let result = try run("--batch=\(text)")
        #expect(result.exited && result.status == 64 && result.output == "")
        #expect(result.errors.contains("--batch"), "\(result.errors)")
    }

    /// A batch that does not fit into memory is not tried.
    @Test(arguments: ["4398046511104", "3037000500, 3037000500", "4611686018427387904"])
    func inputsOfAbsurdSize(extents: String) throws {
        let folder = try TemporaryFolder()
        let config = """
            {"class_name": "Sequential", "config": {"name": "m", "layers": [
            {"class_name": "InputLayer", "config": {"name": "x", "batch_input_shape": [null, \(extents)]}},
            {"class_name": "ReLU", "config": {"name": "r"}}]}}
            """
        try Files.write(folder("model.h5"), tensor: "w", attribute: "model_config", text: config)
        let result = try Command.run("bench", folder("model.h5"), "--json")
        #expect(result.exited && result.status == 1, "\(result.errors)")
        let code = try #require(try result.error["code"] as? String)
        #expect(["limit", "malformed", "unsupported"].contains(code), "\(result.errors)")
    }

    @Test func whatCannotBeTimed() throws {
        let none = try Command.run("bench", model, "--runs", "0")
        #expect(none.status == 64 && none.errors.contains("--runs"))
        let weights = try Command.run("bench", Fixtures.path("digits_mlp.weights.h5"), "--json")
        #expect(weights.status == 1)
        #expect(try weights.error["code"] as? String == "unsupported")
        #expect(try Command.run("bench", "/missing.h5").status == 1)
    }
}

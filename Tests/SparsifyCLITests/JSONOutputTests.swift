import Foundation
import Testing

/// The keys that `formats/report.md` documents.
@Suite struct JSONOutputTests {
    private let folder: TemporaryFolder
    private let model = Fixtures.path("digits_mlp.h5")
    init() throws { folder = try TemporaryFolder() }

    private func keys(_ value: Any?) -> Set<String> { Set((value as? [String: Any] ?? [:]).keys) }

    @Test func thePruningReport() throws {
        let result = try Command.run(
            model, folder("out.spm"), "-s", "0.9", "--json", "--criterion", "random", "--seed", "18446744073709551615")
        #expect(result.status == 0 && result.errors == "")
        let report = try result.json
        #expect(
            keys(report) == [
                "file", "format", "layout", "fileBytes", "source", "pruning", "tensors", "layers", "totals", "notes",
            ])
        #expect(report["file"] as? String == folder("out.spm"))
        #expect(report["format"] as? String == "spm")
        #expect(report["fileBytes"] as? Int == (try contents(folder("out.spm"))).count)
        #expect(keys(report["source"]) == ["file", "fileBytes", "optimizerBytesDropped"])
        #expect(
            keys(report["pruning"]) == [
                "criterion", "seed", "scope", "allocation", "requestedSparsity", "prunableElements", "requestedZeros",
                "zeros",
            ])
        let pruning = try #require(report["pruning"] as? [String: Any])
        #expect((pruning["seed"] as? NSNumber)?.uint64Value == .max)
        #expect(pruning["zeros"] as? Int == 45389)
        let tensor = try #require((report["tensors"] as? [[String: Any]])?[1])
        #expect(
            keys(tensor) == [
                "name", "shape", "type", "elements", "nonzeros", "sparsity", "denseBytes", "fileBytes", "valueBytes",
                "indexBytes", "overheadBytes", "indexBoundBits", "encoding", "prunable", "reason", "layer",
            ])
        #expect(tensor["shape"] as? [Int] == [64, 256])
        let layer = try #require((report["layers"] as? [[String: Any]])?[2])
        #expect(
            keys(layer) == [
                "name", "kind", "outputShape", "multiplications", "additions", "sparseMultiplications",
                "sparseAdditions",
            ])
        #expect(
            keys(report["totals"]) == [
                "tensors", "elements", "nonzeros", "sparsity", "prunableElements", "prunableNonzeros",
                "prunableSparsity", "denseBytes", "tensorBytes", "valueBytes", "indexBytes", "overheadBytes",
                "containerBytes", "fileBytes", "compressionRatio", "indexBoundBits", "multiplications", "additions",
                "flops", "sparseMultiplications", "sparseAdditions", "sparseFlops", "unknownLayers",
            ])
    }

    @Test func whatIsNotKnownIsLeftOut() throws {
        let report = try Command.run("inspect", Fixtures.path("digits_mlp.weights.h5"), "--json").json
        #expect(keys(report) == ["file", "format", "layout", "fileBytes", "tensors", "layers", "totals", "notes"])
        #expect((report["layers"] as? [Any])?.isEmpty == true)
        #expect(!keys(report["totals"]).contains("flops"))
        #expect(!keys(report["totals"]).contains("indexBytes"))
        let gzip = try Command.run("inspect", Fixtures.path("digits_mlp.weights.h5"), "--json", "--gzip").json
        #expect(keys(gzip["totals"]).contains("gzipBytes"))
    }

    @Test func theDryRunPrintsTheSameReport() throws {
        let arguments = [model, folder("out.spm"), "-s", "0.5", "--json"]
        var predicted = try Command.run(arguments + ["--dry-run"]).json
        #expect(folder.contents.isEmpty)
        var real = try Command.run(arguments).json
        #expect((predicted["notes"] as? [String])?.contains("dry run: nothing was written") == true)
        predicted["notes"] = nil
        real["notes"] = nil
        #expect(predicted as NSDictionary == real as NSDictionary)
    }

    @Test func theOutcomeOfVerify() throws {
        let alone = try Command.run("verify", model, "--json").json
        #expect(keys(alone) == ["file", "tensors", "elements", "nonzeros", "disagreements"])
        #expect(alone["elements"] as? Int == 152480)
        let result = try Command.run("verify", model, "--against", Fixtures.path("digits_cnn.h5"), "--json")
        #expect(result.status == 2)
        let against = try result.json
        #expect(keys(against) == ["file", "against", "tensors", "elements", "nonzeros", "pruned", "disagreements"])
        #expect((against["disagreements"] as? [String])?.isEmpty == false)
    }

    @Test func theOutcomeOfDiff() throws {
        let result = try Command.run("diff", model, Fixtures.path("digits_mlp.weights.h5"), "--json")
        #expect(result.status == 2)
        let outcome = try result.json
        #expect(keys(outcome) == ["left", "right", "onlyLeft", "onlyRight", "tensors"])
        #expect((outcome["onlyLeft"] as? [String])?.count == 20)
        #expect((outcome["onlyRight"] as? [String])?.count == 6)
        let same = try Command.run("diff", model, model, "--json")
        #expect(same.status == 0)
        let tensor = try #require((try same.json["tensors"] as? [[String: Any]])?.first)
        #expect(
            keys(tensor) == [
                "name", "elements", "differing", "zeroLeftOnly", "zeroRightOnly", "largestDifference",
                "relativeDifference",
            ])
    }

    @Test(arguments: [
        (["inspect", "no-such-file.h5"], "io", Int32(1)), (["IN", "out.h5", "-s", "7"], "usage", 64),
        (["inspect", "README"], "unknownFormat", 1), (["inspect", "IN", "--max-memory", "1K"], "limit", 1),
        (["IN", "out.spm"], "usage", 64), (["inspect", "IN", "--nonsense"], "usage", 64),
        (["diff", "IN"], "usage", 64),
        (["IN", "out.spm", "-s", "0.5", "--exclude", "*"], "unsupported", 1), (["inspect", "CUT"], "malformed", 1),
    ])
    func failures(arguments: [String], code: String, status: Int32) throws {
        try store(Array("words".utf8), folder("README"))
        try store(Array(try contents(Fixtures.path("tiny.h5")).prefix(4000)), folder("cut.h5"))
        let places = ["IN": model, "README": folder("README"), "CUT": folder("cut.h5"), "out.spm": folder("out.spm")]
        let result = try Command.run(arguments.map { places[$0] ?? $0 } + ["--json"])
        #expect(result.exited && result.status == status)
        let error = try result.error
        #expect(error["code"] as? String == code)
        #expect((error["message"] as? String)?.isEmpty == false)
        #expect(keys(error).isSubset(of: ["code", "message", "file", "tensor", "offset", "remedy"]))
        #expect(!result.errors.isEmpty)
    }
}

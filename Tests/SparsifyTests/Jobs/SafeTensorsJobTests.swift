import ModelIO
import Pruning
import Reports
import Tensors
import Testing

@testable import Sparsify

/// safetensors through the jobs: there and back, pruned, and into other formats.
@Suite struct SafeTensorsJobTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private static let fixtures = ["types", "names", "metadata", "layout"].map { "safetensors/\($0).safetensors" }

    @Test(arguments: fixtures)
    func throughSPMAndBackIsTheSameFile(fixture: String) throws {
        let request = try PruningRequest(sparsity: 0)
        _ = try PruneJob(input: Fixtures.path(fixture), output: folder("model.spm"), request: request).run()
        let report = try PruneJob(input: folder("model.spm"), output: folder("back.safetensors"), request: request)
            .run()
        #expect(try contents(folder("back.safetensors")) == contents(Fixtures.path(fixture)))
        #expect(report.notes.allSatisfy { !$0.contains("not kept") })
        #expect(try DiffJob(left: folder("model.spm"), right: Fixtures.path(fixture)).run().isSame)
    }

    @Test func shardsThroughSPMAreTheSameFiles() throws {
        let index = "safetensors/sharded/model.safetensors.index.json"
        _ = try ConvertJob(input: Fixtures.path(index), output: folder("model.spm")).run()
        _ = try ConvertJob(input: folder("model.spm"), output: folder("model.safetensors.index.json")).run()
        let names = folder.contents.filter { $0 != "model.spm" }
        #expect(
            names == [
                "config.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors",
                "model.safetensors.index.json",
            ])
        for name in names {
            #expect(try contents(folder(name)) == contents(Fixtures.path("safetensors/sharded/\(name)")), "\(name)")
        }
    }

    /// In HDF5 objects stand in another order; types, names and texts are kept all the same.
    @Test(arguments: ["types", "names", "metadata", "layout"])
    func throughHDF5AndBackIsTheSameFile(name: String) throws {
        let fixture = Fixtures.path("safetensors/\(name).safetensors")
        _ = try ConvertJob(input: fixture, output: folder("model.h5")).run()
        #expect(try DiffJob(left: folder("model.h5"), right: fixture).run().isSame)
        _ = try ConvertJob(input: folder("model.h5"), output: folder("back.safetensors")).run()
        #expect(try DiffJob(left: folder("back.safetensors"), right: fixture).run().isSame)
        #expect(try elements(folder("back.safetensors")) == elements(fixture))
    }

    /// What compressed-tensors wrote is what it compressed.
    @Test(arguments: ["safetensors", "spm"]) func bitmasksAreUnpacked(ending: String) throws {
        let (compressed, dense) = (
            Fixtures.path("bitmask/compressed.safetensors"), Fixtures.path("bitmask/dense.safetensors")
        )
        _ = try ConvertJob(input: compressed, output: folder("out.\(ending)")).run()
        let found = try DiffJob(left: folder("out.\(ending)"), right: dense).run()
        #expect(found.isSame)
        #expect(found.tensors.count == 6)
        #expect(try elements(folder("out.\(ending)")) == elements(dense))
    }

    @Test func onlyMatricesOfNumbersArePruned() throws {
        var job = PruneJob(
            input: Fixtures.path("safetensors/types.safetensors"), output: folder("out.safetensors"),
            request: try PruningRequest(sparsity: 0.5))
        job.options.threads = 2
        let report = try job.run()
        let prunable = Set(report.tensors.filter(\.prunable).map(\.name))
        #expect(prunable == ["f64", "f32", "f16", "bf16"])
        #expect(report.tensors.first { $0.name == "f8_e4m3" }?.type == "F8_E4M3")
        #expect(report.tensors.first { $0.name == "f8_e4m3" }?.reason == "F8_E4M3, passed through")
        #expect(report.totals.prunableSparsity == 0.5)
        #expect(report.pruning?.zeros == report.pruning?.requestedZeros)
        let (before, after) = (try elements(job.input), try elements(job.output))
        for name in before.keys where !prunable.contains(name) { #expect(before[name] == after[name], "\(name)") }
        var check = VerifyJob(input: job.output)
        check.dense = job.input
        #expect(try check.run().isSound)
    }

    @Test func aCarriedTypeIsIncludedByNoPattern() throws {
        var job = PruneJob(
            input: Fixtures.path("safetensors/types.safetensors"), output: folder("out.spm"),
            request: try PruningRequest(sparsity: 0.5))
        job.include = ["f8_e4m3"]
        #expect { try job.run() } throws: { code($0) == .unsupported }
    }

    @Test func typesThatShareTheirBitsDiffer() throws {
        func file(_ type: String) -> [UInt8] {
            let header = #"{"w":{"dtype":"\#(type)","shape":[1],"data_offsets":[0,1]}}"#
            return [UInt8(header.utf8.count)] + [UInt8](repeating: 0, count: 7) + Array(header.utf8) + [9]
        }
        for type in ["F8_E5M2", "F8_E4M3", "U8"] { try store(file(type), folder("\(type).safetensors")) }
        let floats = try DiffJob(left: folder("F8_E5M2.safetensors"), right: folder("F8_E4M3.safetensors")).run()
        #expect(floats.tensors.first?.mismatch == "type F8_E5M2 against F8_E4M3")
        let bytes = try DiffJob(left: folder("U8.safetensors"), right: folder("F8_E4M3.safetensors")).run()
        #expect(bytes.tensors.first?.mismatch == "type uint8 against F8_E4M3")
    }

    /// A model of Keras keeps its configuration, and so its operations are still counted.
    @Test func aKerasModelSaysWhatItLoses() throws {
        var job = ConvertJob(input: Fixtures.path("digits_mlp.h5"), output: folder("out.safetensors"))
        job.dropsOptimizer = true
        let report = try job.run()
        #expect(report.notes.contains { $0.contains("attributes are not kept") })
        #expect(report.totals.multiplications == 50_432)
        #expect(try DiffJob(left: job.output, right: job.input).run().onlyLeft.isEmpty)
    }

    @Test(arguments: [false, true])
    func strictMeansThatNothingMayBeLost(prunes: Bool) throws {
        let error = #expect(throws: SparsifyError.self) {
            if prunes {
                var job = PruneJob(
                    input: Fixtures.path("digits_mlp.h5"), output: folder("out.safetensors"),
                    request: try PruningRequest(sparsity: 0.5))
                job.isStrict = true
                _ = try job.run()
            } else {
                var job = ConvertJob(input: Fixtures.path("digits_mlp.h5"), output: folder("out.safetensors"))
                job.isStrict = true
                _ = try job.run()
            }
        }
        #expect(error?.code == .unsupported && error?.message.contains("attributes are not kept") == true)
        #expect(folder.contents.isEmpty)
    }

    @Test func moreAxesThanSPMHasAreRefusedBeforeTheWork() throws {
        let header = #"{"w":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]}}"#
        let file = [UInt8(header.utf8.count)] + [UInt8](repeating: 0, count: 7) + Array(header.utf8) + [9]
        try store(file, folder("in.safetensors"))
        #expect { try ConvertJob(input: folder("in.safetensors"), output: folder("out.spm")).run() } throws: {
            code($0) == .limit
        }
        #expect(folder.contents == ["in.safetensors"])
        _ = try ConvertJob(input: folder("in.safetensors"), output: folder("out.h5")).run()
        #expect(try DiffJob(left: folder("in.safetensors"), right: folder("out.h5")).run().isSame)
    }
}

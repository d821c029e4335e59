import ModelIO
import Pruning
import Reports
import Tensors
import Testing

@testable import HDF5Format
@testable import Sparsify

/// Going to another format and back loses nothing.
@Suite struct ConvertJobTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func expectSame(_ left: String, _ right: String) throws {
        let outcome = try DiffJob(left: left, right: right).run()
        #expect(outcome.isSame)
        #expect(!outcome.tensors.isEmpty)
        let (a, b) = (try ModelFiles.open(left), try ModelFiles.open(right))
        #expect(a.tree == b.tree)
        #expect(a.tensors.map(\.name) == b.tensors.map(\.name))
        for index in a.tensors.indices { #expect(try a.bytes(index) == b.bytes(index), "\(a.tensors[index].name)") }
    }

    @Test(arguments: Fixtures.all)
    func thereAndBack(fixture: String) throws {
        _ = try ConvertJob(input: Fixtures.path(fixture), output: folder("model.spm")).run()
        _ = try ConvertJob(input: folder("model.spm"), output: folder("back.h5")).run()
        try expectSame(Fixtures.path(fixture), folder("back.h5"))
        try expectSame(Fixtures.path(fixture), folder("model.spm"))
    }

    @Test(arguments: Fixtures.all)
    func sparsityZeroIsAConversion(fixture: String) throws {
        let request = try PruningRequest(sparsity: 0)
        _ = try ConvertJob(input: Fixtures.path(fixture), output: folder("converted.spm")).run()
        let report = try PruneJob(input: Fixtures.path(fixture), output: folder("zero.spm"), request: request).run()
        #expect(try contents(folder("zero.spm")) == contents(folder("converted.spm")))
        #expect(report.pruning == nil)
        #expect(report.source?.optimizerBytesDropped == 0)
        _ = try PruneJob(input: folder("zero.spm"), output: folder("zero.h5"), request: request).run()
        try expectSame(Fixtures.path(fixture), folder("zero.h5"))
    }

    @Test func aSparseFileConvertedIsTheSameFile() throws {
        let request = try PruningRequest(sparsity: 0.9)
        _ = try PruneJob(input: Fixtures.path("digits_cnn.h5"), output: folder("a.spm"), request: request).run()
        _ = try ConvertJob(input: folder("a.spm"), output: folder("b.spm")).run()
        #expect(try contents(folder("a.spm")) == contents(folder("b.spm")))
    }

    @Test(arguments: [false, true])
    func theFileVersionOfTheSourceComesBack(latest: Bool) throws {
        let tensor = TensorInfo(name: "group/w", elementType: .float32, shape: try Shape([3, 2]))
        let tree = FileTree(
            entries: [
                .init(path: "", kind: .group(.init(tracksLinkOrder: true)), tracksAttributeOrder: true),
                .init(path: "group", kind: .group(.init())),
                .init(path: tensor.name, kind: .tensor(.init(type: ValueType(storing: .float32)))),
                .init(path: "again", kind: .alias(target: tensor.name)),
            ], usesLatestFileVersion: latest)
        try writeFile(folder("in.h5"), tree, [(tensor, bits([1, 0, -0.0, .nan, .infinity, 5]))])
        #expect(try ModelFiles.open(folder("in.h5")).tree.usesLatestFileVersion == latest)
        _ = try ConvertJob(input: folder("in.h5"), output: folder("model.spm")).run()
        _ = try ConvertJob(input: folder("model.spm"), output: folder("back.h5")).run()
        try expectSame(folder("in.h5"), folder("back.h5"))
    }

    @Test(arguments: ["spm", "h5"])
    func theOptimizerIsLeftOutWhereThatIsAskedFor(ending: String) throws {
        var job = ConvertJob(input: Fixtures.path("digits_mlp.h5"), output: folder("out.\(ending)"))
        job.dropsOptimizer = true
        let report = try job.run()
        #expect(report.source?.optimizerBytesDropped == 406_620)
        #expect(report.totals.tensors == 6)
        #expect(report.totals.prunableSparsity == 0)
        var check = VerifyJob(input: job.output)
        check.dense = job.input
        #expect(try check.run().pruned == 0)
    }
}

import Foundation
import ModelIO
import OtherFormats
import Testing

/// `sparsify run --kernels`: other ways to the same results.
@Suite struct KernelOptionTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test(arguments: ["digits_mlp", "digits_cnn", "digits_lstm", "digits_attention"])
    func kernelsAgree(name: String) throws {
        let images = "\(Fixtures.path("digits.npz")):x_test"
        let pruned = try Command.run(Fixtures.path("\(name).h5"), folder("pruned.spm"), "-s", "0.9", "-q")
        #expect(pruned.status == 0)
        func outputs(_ kernels: String, _ batch: String) throws -> [Float] {
            let file = folder("\(kernels)-\(batch).npy")
            let result = try Command.run(
                "run", folder("pruned.spm"), "--input", images, "--output", file, "--kernels", kernels, "--batch",
                batch, "-q")
            #expect(result.status == 0 && result.output == "" && result.errors == "")
            return try NumPyArray(path: file).floats()
        }
        let wanted = try outputs("dense", "32")
        #expect(wanted.count == 3600)
        for (kernels, batch) in [("sparse", "32"), ("sparse", "1"), ("sparse", "7"), ("fixed", "32"), ("auto", "32")] {
            let found = try outputs(kernels, batch)
            let largest = zip(found, wanted).map { abs($0 - $1) }.max() ?? .infinity
            #expect(found.count == wanted.count && largest < 1e-4, "\(kernels), batch \(batch)")
        }
    }

    @Test func theTableIsKeptWhereTheUserKeepsSuch() throws {
        let images = "\(Fixtures.path("digits.npz")):x_test"
        let running = try Command.start(
            ["run", Fixtures.path("digits_mlp.h5"), "--input", images, "--recalibrate"], in: folder,
            cache: folder("cache"))
        #expect(try running.finish().status == 0)
        let kept = try FileManager.default.contentsOfDirectory(atPath: folder("cache/sparsify"))
        #expect(kept.count == 1 && kept[0].hasPrefix("kernel-costs-") && kept[0].hasSuffix(".txt"))
    }

    @Test func kernelsThatThereAreNot() throws {
        let result = try Command.run(
            "run", Fixtures.path("digits_mlp.h5"), "--input", "x.npy", "--kernels", "fast")
        #expect(result.status == 64 && result.errors.contains("fast") && result.errors.contains("sparse"))
    }
}

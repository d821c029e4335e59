import Foundation
import Testing

/// 0 done; 1 the job failed; 2 the files disagree; 64 the request makes no sense.
@Suite struct ExitStatusTests {
    private let folder: TemporaryFolder
    private let model = Fixtures.path("tiny.h5")
    init() throws { folder = try TemporaryFolder() }

    /// `IN` is a model, `OUT` a place for one, `OLD` a file that exists.
    private func run(_ line: String) throws -> Command.Result {
        try store([1], folder("old.spm"))
        return try Command.run(
            line.split(separator: " ").map {
                switch $0 {
                case "IN": model
                case "OUT": folder("out.spm")
                case "OLD": folder("old.spm")
                case "MISSING": folder("missing.h5")
                default: String($0)
                }
            })
    }

    @Test(arguments: [
        "IN OUT --sparsity 0.8", "prune IN OUT -s 0", "IN OLD -s 0.5 --force", "IN OLD -s 0.5 -f", "convert IN OUT",
        "convert IN OLD --force", "inspect IN", "verify IN", "verify IN --against IN", "diff IN IN", "--version",
        "--help", "help prune", "IN OUT -s 1 --min-keep 0 --scope layer --criterion random --seed 3 --threads 3",
        "IN OUT -s 0.5 --dry-run", "IN OLD -s 0.5 --dry-run", "IN OUT -s 0.5 --max-memory 1G --no-verify",
    ])
    func done(line: String) throws {
        let result = try run(line)
        #expect(result.exited && result.status == 0)
        #expect(result.errors == "")
        #expect(!result.output.isEmpty)
    }

    @Test(arguments: [
        ("MISSING OUT -s 0.5", "missing.h5"), ("IN OLD -s 0.5", "--force"), ("convert IN OLD", "--force"),
        ("inspect MISSING", "missing.h5"), ("verify MISSING", "missing.h5"),
        ("verify IN --against MISSING", "missing.h5"),
        ("diff IN MISSING", "missing.h5"), ("inspect OLD", "old.spm"),
        ("IN /no/such/folder/out.spm -s 0.5", "/no/such"),
        ("IN OUT -s 0.5 --exclude *", "prunable"), ("inspect IN --max-memory 100", "--max-memory"),
        ("inspect /dev/zero", "/dev/zero"), ("inspect /", "regular file"), ("IN /dev/null -s 0.5 --force", "/dev/null"),
    ])
    func failed(line: String, expected: String) throws {
        // A name without an ending that is known is a wrong request, whatever lies there.
        let status: Int32 = line.contains("/dev/null") ? 64 : 1
        let result = try run(line)
        #expect(result.exited && result.status == status)
        #expect(result.errors.contains(expected), "\(result.errors)")
        #expect(result.errors.hasPrefix("sparsify: "))
        #expect(result.errors.split(separator: "\n").count == 1)
        #expect(result.output == "")
        #expect(folder.contents == ["old.spm"])
        #expect(try contents(folder("old.spm")) == [1])
    }

    @Test(arguments: [
        ("", "IN"), ("IN", "output"), ("IN OUT", "--sparsity"), ("IN OUT -s 80", "Did you mean 0.8?"),
        ("IN OUT -s=-1", "-1"), ("IN OUT -s nan", "nan"), ("IN OUT -s much", "much"),
        ("IN OUT -s 0.5 --scope world", "world"),
        ("IN OUT -s 0.5 --criterion magic", "magnitude"), ("IN out.txt -s 0.5", ".spm"), ("convert IN out", ".spm"),
        ("IN OUT -s 0.5 --threads 0", "--threads"), ("IN OUT -s 0.5 --max-memory lots", "lots"),
        ("IN OUT -s 0.5 --include nothing*", "nothing*"), ("IN OUT -s 0.5 --exclude nothing*", "nothing*"),
        ("IN OUT -s 0.5 --csv --markdown", "--markdown"), ("IN OUT -s 0.5 --min-keep=-1", "-1"), ("diff IN", "right"),
        ("inspect", "file"), ("inspect IN --nonsense", "--nonsense"), ("verify", "file"), ("convert IN", "output"),
    ])
    func makesNoSense(line: String, expected: String) throws {
        let result = try run(line)
        #expect(result.exited && result.status == 64)
        #expect(result.errors.localizedStandardContains(expected), "\(result.errors)")
        #expect(result.output == "")
        #expect(folder.contents == ["old.spm"])
    }

    @Test func theFilesDisagree() throws {
        #expect(try run("IN OUT -s 0.5 --quiet").status == 0)
        let diff = try run("diff IN OUT")
        #expect(diff.exited && diff.status == 2)
        #expect(diff.output.contains("elements differ"))
        #expect(diff.errors == "")
        let verify = try Command.run("verify", folder("out.spm"), "--against", Fixtures.path("digits_mlp.h5"))
        #expect(verify.exited && verify.status == 2)
        #expect(verify.output.contains("NOT sound") && verify.output.contains("disagrees: "))
        #expect(verify.errors == "")
        #expect(try Command.run("verify", folder("out.spm"), "--against", model).status == 0)
    }

    @Test func aDamagedFileIsAFailureAndNoDisagreement() throws {
        #expect(try run("convert IN OUT -q").status == 0)
        var bytes = try contents(folder("out.spm"))
        bytes[70] ^= 1
        try store(bytes, folder("out.spm"))
        let result = try run("verify OUT")
        #expect(result.exited && result.status == 1)
        #expect(result.errors.contains("checksum") && result.errors.contains("out.spm"))
    }

    @Test(arguments: [
        "IN OUT -s 0.5 -q", "convert IN OUT --quiet", "verify IN -q", "diff IN IN -q", "IN OUT -s 0.5 -q -n",
    ])
    func quietPrintsNothing(line: String) throws {
        let result = try run(line)
        #expect(result.status == 0)
        #expect(result.output == "" && result.errors == "")
    }

    @Test func quietStillPrintsAReportThatIsAskedFor() throws {
        #expect(try run("IN OUT -s 0.5 -q --json").json["totals"] != nil)
        #expect(try run("IN OUT -s 0.5 -q -f --csv").output.hasPrefix("name,"))
        #expect(try run("inspect IN -q").output.contains("model_weights/a/kernel"))
    }
}

import Foundation
import ModelIO
import OtherFormats
import Tensors
import Testing

/// `sparsify run`, as users run it.
@Suite struct RunCommandTests {
    private let folder: TemporaryFolder
    private let model = Fixtures.path("digits_mlp.h5")
    private let digits = Fixtures.path("digits.npz")

    init() throws {
        folder = try TemporaryFolder()
        let images = try NPZArchive(path: digits).array("x_test").floats()
        try write("five.npy", [5, 8, 8], Array(images[..<320]))
    }

    private func write(_ name: String, _ shape: [Int], _ values: [Float]) throws {
        let writer = try NumPyWriter(
            path: folder(name), elementType: .float32, shape: try Shape(shape), overwrite: true)
        try values.withUnsafeBytes { try writer.append($0) }
        try writer.finish()
    }

    private func run(_ arguments: String...) throws -> Command.Result { try Command.run(["run", model] + arguments) }

    @Test func outputsAreThoseOfKeras() throws {
        let result = try run("--input", "\(digits):x_test", "--output", folder("y.npy"))
        #expect(result.status == 0 && result.errors == "")
        #expect(result.output.contains("(360, 8, 8)") && result.output.contains("(360, 10)"))
        let output = try NumPyArray(path: folder("y.npy"))
        #expect(output.shape.dimensions == [360, 10] && output.elementType == .float32)
        let wanted = try NPZArchive(path: Fixtures.path("predictions.npz")).array("digits_mlp").floats()
        #expect(try zip(output.floats(), wanted).allSatisfy { abs($0 - $1) < 1e-4 })
    }

    @Test func arraysByNameAndOrder() throws {
        let json = try run("--input", folder("five.npy"), "--json").json
        let inputs = try #require(json["inputs"] as? [[String: Any]])
        let name = try #require(inputs.first?["name"] as? String)
        #expect(inputs.first?["shape"] as? [Int] == [5, 8, 8])
        for batch in ["1", "2", "100"] {
            let file = folder("y\(batch).npz")
            let result = try run("--input", "\(name)=\(folder("five.npy"))", "--output", file, "--batch", batch, "-q")
            #expect(result.status == 0 && result.output == "" && result.errors == "")
            let archive = try NPZArchive(path: file)
            #expect(archive.names.count == 1)
            #expect(try archive.array(archive.names[0]).shape.dimensions == [5, 10])
        }
    }

    @Test func labelsAndTheGreatest() throws {
        let result = try run("--input", "\(digits):x_test", "--labels", "\(digits):y_test", "--top", "3", "--json")
        let json = try result.json
        #expect(Set(json.keys) == ["model", "examples", "inputs", "outputs", "top", "evaluation"])
        #expect(json["examples"] as? Int == 360)
        let evaluation = try #require(json["evaluation"] as? [String: Any])
        let wanted = try NPZArchive(path: Fixtures.path("predictions.npz")).array("digits_mlp_accuracy").doubles()[0]
        #expect(abs((evaluation["accuracy"] as? Double ?? 0) - wanted) < 1e-12)
        #expect(evaluation["correct"] as? Int == Int((wanted * 360).rounded()))
        #expect(evaluation["loss"] as? String == "crossEntropy")
        let top = try #require(json["top"] as? [[[String: Any]]])
        #expect(top.count == 360 && top.allSatisfy { $0.count == 3 })
        for ranks in top {
            let values = ranks.compactMap { $0["value"] as? Double }
            #expect(values == values.sorted(by: >))
        }
        let text = try run("--input", "\(digits):x_test", "--labels", "\(digits):y_test").output
        #expect(text.contains("accuracy  97.78 %") && text.contains("cross-entropy"))
    }

    @Test func anOutputThatExistsStays() throws {
        try store([1, 2, 3], folder("y.npy"))
        let refused = try run("--input", folder("five.npy"), "--output", folder("y.npy"))
        #expect(refused.status == 1 && refused.errors.contains("--force"))
        #expect(try contents(folder("y.npy")) == [1, 2, 3])
        let forced = try run("--input", folder("five.npy"), "--output", folder("y.npy"), "--force")
        #expect(forced.status == 0)
        #expect(try NumPyArray(path: folder("y.npy")).shape.dimensions == [5, 10])
    }

    /// `FIVE` is an array that fits, `DIGITS` an archive of several, `OUT` a place, the last three are no numbers.
    @Test(arguments: [
        ("--input FIVE --output OUT.txt", 64, ".npy"), ("--input nothing=FIVE", 64, "'nothing'"),
        ("--input FIVE --input FIVE", 64, "1 inputs"), ("--input DIGITS", 64, "x_train"), ("", 64, "--input"),
        ("--input FIVE --batch 0", 64, "--batch"), ("--input FIVE --top=-1", 64, "--top"),
        ("--input DIGITS:y_test", 64, "[360]"), ("--input DIGITS:nothing", 64, "nothing"),
        ("--input MISSING.npy", 1, "MISSING.npy"), ("--input MODEL", 64, "20 arrays"),
        ("--input FIVE --labels DIGITS:y_test", 64, "labels"), ("--input =FIVE", 64, "no input ''"),
        ("--input FIVE --labels DIGITS:y_test --output OUT.npy", 64, "labels"),
        ("--input FIVE --top many", 64, "--top"), ("--input FIVE --batch -1", 64, "batch"),
        ("--input TEXTS", 1, "unicode.npy"), ("--input FIVE --labels TEXTS", 1, "unicode.npy"),
        ("--input COMPLEX", 1, "complex.npy"), ("--input OBJECTS", 1, "object.npy"),
        ("--input FIVE --max-memory 100", 1, "budget"),
    ])
    func refusals(line: String, status: Int, expected: String) throws {
        let places = [
            "FIVE": folder("five.npy"), "DIGITS": digits, "OUT": folder("out"), "MODEL": model,
            "TEXTS": Fixtures.path("numpy/unicode.npy"), "COMPLEX": Fixtures.path("numpy/complex.npy"),
            "OBJECTS": Fixtures.path("numpy/object.npy"),
        ]
        let arguments = line.split(separator: " ").map { word in
            places.reduce(String(word)) { $0.replacingOccurrences(of: $1.key, with: $1.value) }
        }
        let result = try Command.run(["run", model] + arguments)
        #expect(result.exited && result.status == Int32(status), "\(result.errors)")
        #expect(result.errors.contains(expected), "\(result.errors)")
        #expect(result.output == "")
        #expect(folder.contents == ["five.npy"])
    }
}

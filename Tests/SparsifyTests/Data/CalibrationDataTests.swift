import Inference
import ModelIO
import Networks
import OtherFormats
import Tensors
import Testing

@testable import Sparsify

/// Data from files, as networks are given it.
@Suite struct CalibrationDataTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    /// One input of these extents, named `in`, and a dense layer of four units that ends in this function.
    private func network(_ extents: Int?..., function: String = "softmax") throws -> Network {
        let shape = extents.map { ", \($0.map(String.init) ?? "null")" }.joined()
        return try Network(
            kerasConfig: KerasFile.functional(
                [
                    KerasFile.node("InputLayer", "in", "\"batch_input_shape\": [null\(shape)]"),
                    KerasFile.node("Dense", "d", "\"units\": 4, \"activation\": \"\(function)\"", from: ["in"]),
                ], inputs: ["in"], outputs: ["d"]))
    }

    private func load(
        _ request: DataRequest, _ network: Network, _ options: JobOptions = JobOptions()
    ) throws -> CalibrationData {
        try CalibrationData.load(request, for: network, model: "m.h5", options: options)
    }

    private func expectRefusal(
        _ request: DataRequest, _ network: Network, _ words: String...,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(sourceLocation: sourceLocation) {
            try load(request, network)
        } throws: { error in
            guard let error = error as? SparsifyError, error.code == .usage else { return false }
            return words.allSatisfy { error.description.contains($0) }
        }
    }

    private func counting(_ count: Int) -> [Float] { (0..<count).map(Float.init) }

    // MARK: Where arrays are found

    /// By input, all elements.
    private func values(_ data: CalibrationData) throws -> [[Float]] {
        try data.inputs(0..<data.count).map(\.values)
    }

    @Test(arguments: [("x", "y"), ("in", "y")])
    func arraysByName(x: String, y: String) throws {
        try writeArchive(folder("d.npz"), [("other", [1], [0]), (x, [3, 2], counting(6)), (y, [3], [3, 0, 1])])
        let data = try load(DataRequest(file: folder("d.npz")), network(2))
        #expect(data.inputs.map(\.shape) == [[3, 2]])
        #expect(try values(data) == [counting(6)])
        #expect(data.labels?.values == [3, 0, 1])
        #expect(data.count == 3 && data.available == 3 && data.seed == nil && data.notes.isEmpty)
    }

    @Test func labelsAreOptionalAndMayLieElsewhere() throws {
        try writeArchive(folder("d.npz"), [("x", [2, 2], counting(4))])
        try writeArray(folder("y.npy"), [2], [1, 2])
        var request = DataRequest(file: folder("d.npz"))
        #expect(try load(request, network(2)).labels == nil)
        request.labels = folder("y.npy")
        #expect(try load(request, network(2)).labels?.values == [1, 2])
        try writeArray(folder("x.npy"), [2, 2], counting(4))
        #expect(try values(load(DataRequest(file: folder("x.npy")), network(2)))[0] == counting(4))
    }

    @Test func datasetsOfHDF5() throws {
        let float = ValueType.float(FloatLayout.ieee(size: 4)!)
        let entries: [FileTree.Entry] = [
            .init(path: "", kind: .group(.init())), .init(path: "set", kind: .group(.init())),
            .init(path: "set/x", kind: .tensor(DatasetProperties(type: float))),
            .init(path: "set/y", kind: .tensor(DatasetProperties(type: float))),
        ]
        try writeFile(
            folder("d.h5"), FileTree(entries: entries),
            [
                (TensorInfo(name: "set/x", elementType: .float32, shape: try Shape([2, 2])), bits([1, 2, 3, 4])),
                (TensorInfo(name: "set/y", elementType: .float32, shape: try Shape([2])), bits([0, 3])),
            ])
        var request = DataRequest()
        request.inputs = [(nil, folder("d.h5") + ":/set/x")]
        request.labels = folder("d.h5") + ":set/y"
        let data = try load(request, network(2))
        #expect(try values(data) == [[1, 2, 3, 4]] && data.labels?.values == [0, 3])
        expectRefusal(DataRequest(file: folder("d.h5")), try network(2), "set/x, set/y", "--data-x")
        request.labels = folder("d.h5") + ":/set/z"
        expectRefusal(request, try network(2), "'/set/z'", "d.h5")
    }

    @Test func severalInputs() throws {
        let network = try Network(
            kerasConfig: KerasFile.functional(
                [
                    KerasFile.input("a", 2), KerasFile.input("b", 2), KerasFile.node("Add", "s", from: ["a", "b"]),
                ], inputs: ["b", "a"], outputs: ["s"]))
        try writeArchive(folder("d.npz"), [("a", [1, 2], [1, 2]), ("b", [1, 2], [3, 4]), ("x", [1], [0])])
        #expect(try values(load(DataRequest(file: folder("d.npz")), network)) == [[3, 4], [1, 2]])
        try writeArray(folder("a.npy"), [1, 2], [5, 6])
        var request = DataRequest(file: folder("d.npz"))
        request.inputs = [("a", folder("a.npy"))]
        #expect(try values(load(request, network)) == [[3, 4], [5, 6]])
        expectRefusal(DataRequest(file: folder("a.npy")), network, "2 inputs")
        request.file = nil
        expectRefusal(request, network, "'b' is missing", "--data-x b=FILE")
        request.inputs = [("c", folder("a.npy"))]
        expectRefusal(request, network, "no input 'c'")
    }

    @Test func missingArraysAreNamed() throws {
        try writeArchive(folder("d.npz"), [("x_train", [1, 2], [1, 2]), ("y_train", [1], [1])])
        expectRefusal(
            DataRequest(file: folder("d.npz")), try network(2), "'x' (or 'in')", "x_train, y_train", "--data-x")
    }

    // MARK: Shapes

    @Test func aChannelAxisIsAddedAndSaid() throws {
        try writeArray(folder("x.npy"), [2, 3, 3], counting(18))
        let data = try load(DataRequest(file: folder("x.npy")), network(3, 3, 1))
        #expect(data.inputs[0].shape == [2, 3, 3, 1])
        #expect(data.notes.count == 1 && data.notes[0].contains("one channel") && data.notes[0].contains("x.npy"))
        let flat = try load(DataRequest(file: folder("x.npy")), network(9))
        #expect(flat.inputs[0].shape == [2, 9] && flat.notes.count == 1)
        #expect(try load(DataRequest(file: folder("x.npy")), network(nil, 3)).notes.isEmpty)
        expectRefusal(DataRequest(file: folder("x.npy")), try network(3, 4), "[3, 3]", "(3, 4)", "x.npy")
    }

    @Test func countsMustAgreeAndNotBeZero() throws {
        try writeArchive(folder("d.npz"), [("x", [2, 2], counting(4)), ("y", [3], [0, 0, 0])])
        expectRefusal(DataRequest(file: folder("d.npz")), try network(2), "3 examples", "has 2", "d.npz:y")
        try writeArray(folder("x.npy"), [0, 2], [])
        expectRefusal(DataRequest(file: folder("x.npy")), try network(2), "no examples")
        try writeArray(folder("x.npy"), [], [1])
        expectRefusal(DataRequest(file: folder("x.npy")), try network(2), "first axis")
    }

    // MARK: Values

    @Test func inputsAreConvertedAndScaled() throws {
        let writer = try NumPyWriter(
            path: folder("x.npy"), elementType: .uint8, shape: try Shape([2, 2]), overwrite: true)
        try [UInt8]([0, 51, 255, 128]).withUnsafeBytes { try writer.append($0) }
        try writer.finish()
        var request = DataRequest(file: folder("x.npy"))
        #expect(try values(load(request, network(2)))[0] == [0, 51, 255, 128])
        request.scale = 1.0 / 255
        request.offset = -0.5
        #expect(try values(load(request, network(2)))[0] == [-0.5, -0.3, 0.5, Float(128.0 / 255 - 0.5)])
        request.scale = 0
        expectRefusal(request, try network(2), "scaled")
    }

    @Test(arguments: [Float.nan, .infinity])
    func whatIsNoNumberIsFound(bad: Float) throws {
        try writeArray(folder("x.npy"), [3, 2], [1, 2, 3, 4, 5, bad])
        expectRefusal(DataRequest(file: folder("x.npy")), try network(2), "Example 2", "element 1", "\(bad)", "x.npy")
        try writeArchive(folder("d.npz"), [("x", [2, 2], counting(4)), ("y", [2], [1, bad])])
        expectRefusal(DataRequest(file: folder("d.npz")), try network(2), "Example 1", "\(bad)", "d.npz:y")
    }

    @Test(arguments: [4, -1, 1.5] as [Float])
    func labelsMustBeClasses(label: Float) throws {
        try writeArchive(folder("d.npz"), [("x", [3, 2], counting(6)), ("y", [3], [0, 3, label])])
        expectRefusal(
            DataRequest(file: folder("d.npz")), try network(2), "example 2", "\(label)", "4 classes", "d.npz:y")
    }

    @Test func labelsLikeTheOutput() throws {
        let good: [Float] = [0.5, 0.5, 0, 0, 0, 0, 0, 1]
        try writeArchive(folder("d.npz"), [("x", [2, 2], counting(4)), ("y", [2, 4], good)])
        #expect(try load(DataRequest(file: folder("d.npz")), network(2)).labels?.shape == [2, 4])
        try writeArchive(folder("d.npz"), [("x", [2, 2], counting(4)), ("y", [2, 4], good.map { $0 * 2 })])
        expectRefusal(DataRequest(file: folder("d.npz")), try network(2), "example 1", "2.0")
        #expect(try load(DataRequest(file: folder("d.npz")), network(2, function: "linear")).labels != nil)
        try writeArchive(folder("d.npz"), [("x", [2, 2], counting(4)), ("y", [2, 3], counting(6))])
        expectRefusal(DataRequest(file: folder("d.npz")), try network(2), "[2, 3]", "[2, 4]")
    }

    // MARK: Samples

    @Test func samplesAreChosenByTheSeed() throws {
        let count = 1000
        try writeArchive(
            folder("d.npz"),
            [("x", [count, 2], counting(2 * count)), ("y", [count], (0..<count).map { Float($0 % 4) })])
        var request = DataRequest(file: folder("d.npz"))
        request.samples = 100
        let first = try load(request, network(2))
        #expect(first.count == 100 && first.available == count && first.seed == 0)
        #expect(Set(first.rows).count == 100)
        #expect(
            try first.inputs(0..<first.count)[0].values == first.rows.flatMap { [Float(2 * $0), Float(2 * $0 + 1)] })
        #expect(first.labels?.values == first.rows.map { Double($0 % 4) })
        #expect(try load(request, network(2)).rows == first.rows)
        request.seed = 1
        #expect(try load(request, network(2)).rows != first.rows)
        request.samples = nil
        #expect(try load(request, network(2)).rows == Array(0..<count))
        request.samples = 0
        expectRefusal(request, try network(2), "0")
    }

    /// Labels are named by their place in the file, not by that in the sample.
    @Test func aWrongLabelOfASampleIsNamed() throws {
        var labels = [Float](repeating: 1, count: 50)
        labels[17] = 9
        try writeArchive(folder("d.npz"), [("x", [50, 2], counting(100)), ("y", [50], labels)])
        var request = DataRequest(file: folder("d.npz"))
        request.samples = 49
        for seed in 0..<3 {
            request.seed = UInt64(seed)
            expectRefusal(request, try network(2), "example 17", "9.0")
        }
    }

    @Test func batches() throws {
        try writeArchive(folder("d.npz"), [("x", [5, 2], counting(10)), ("y", [5], [0, 1, 2, 3, 0])])
        var request = DataRequest(file: folder("d.npz"))
        request.batch = 2
        let data = try load(request, network(2))
        #expect(data.batches == [0..<2, 2..<4, 4..<5])
        #expect(try data.inputs(2..<4)[0] == Tensor(shape: [2, 2], values: [4, 5, 6, 7]))
        #expect(try data.labels(4..<5) == Tensor(shape: [1], values: [0]))
    }

    @Test func memoryIsBounded() throws {
        try writeArray(folder("x.npy"), [100, 2], counting(200))
        var request = DataRequest(file: folder("x.npy"))
        let options = JobOptions(maximumDeclaredBytes: 400)
        #expect { try load(request, network(2), options) } throws: {
            ($0 as? SparsifyError)?.code == .limit && "\($0)".contains("--samples")
        }
        request.samples = 50
        #expect(try load(request, network(2), options).count == 50)
    }

    @Test func theFixture() throws {
        let network = try Model(contentsOf: Fixtures.path("digits_mlp.h5")).predictor().network
        var request = DataRequest()
        request.inputs = [(nil, Fixtures.path("digits.npz") + ":x_train")]
        request.labels = Fixtures.path("digits.npz") + ":y_train"
        let data = try load(request, network)
        #expect(data.count == 1024 && data.available == 1437)
        #expect(data.inputs[0].shape == [1024, 8, 8] && data.labels?.shape == [1024])
    }
}

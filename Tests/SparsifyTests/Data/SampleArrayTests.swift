import Inference
import Tensors
import Testing
import Training

@testable import Sparsify

/// Examples read the same from memory and from disk, whole, in runs and by number.
@Suite struct SampleArrayTests {
    private static let values = (0..<60).map { Float($0) * 0.5 - 7 }

    private static func onDisk() throws -> ExamplesOnDisk {
        let store = try ExamplesOnDisk(count: values.count)
        // The examples of a file come in its order, not in that in which they are wanted.
        for start in [20, 0, 40] { try store.write(values[start..<start + 20], at: start) }
        return store
    }

    private func array(isOnDisk: Bool) throws -> SampleArray {
        try SampleArray(
            shape: [10, 2, 3], store: isOnDisk ? Self.onDisk() : ExamplesInMemory(Self.values))
    }

    @Test(arguments: [false, true]) func runs(isOnDisk: Bool) throws {
        let array = try array(isOnDisk: isOnDisk)
        #expect(try array.rows(0..<10).values == Self.values)
        #expect(try array.rows(3..<5) == Tensor(shape: [2, 2, 3], values: Array(Self.values[18..<30])))
        #expect(try array.rows(4..<4).values.isEmpty)
    }

    @Test(arguments: [false, true]) func chosenOnes(isOnDisk: Bool) throws {
        let chosen = try array(isOnDisk: isOnDisk).chosen([9, 0, 4]).chosen([2, 1])
        let expected = Array(Self.values[24..<30] + Self.values[0..<6])
        #expect(chosen.shape == [2, 2, 3])
        #expect(try chosen.rows(0..<2).values == expected)
        // Runs need not begin where an example does.
        var part = [Float](repeating: 0, count: 5)
        try part.withUnsafeMutableBufferPointer { try chosen.store.read(4..<9, into: $0.baseAddress!) }
        #expect(part == Array(expected[4..<9]))
    }

    @Test func nothingIsLeftOfTheFile() throws {
        let store = try Self.onDisk()
        #expect(throws: SparsifyError.self) {
            var more = [Float](repeating: 0, count: 30)
            try more.withUnsafeMutableBufferPointer { try store.read(40..<70, into: $0.baseAddress!) }
        }
    }

    @Test func aShapeOfOtherExamplesIsRefused() throws {
        #expect(throws: SparsifyError.self) {
            try SampleArray(shape: [7, 3], store: ExamplesInMemory([1, 2]))
        }
    }
}

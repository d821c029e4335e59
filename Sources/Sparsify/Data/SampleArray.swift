public import Inference
internal import Tensors
public import Training

/// An input of a network for many examples, in memory or on disk.
public struct SampleArray: Sendable {
    /// The first axis counts the examples.
    public let shape: [Int]
    /// The elements, row-major.
    public let store: any ExampleStore

    /// - Throws: `usage` where there are more or fewer elements than the shape has.
    public init(shape: [Int], store: any ExampleStore) throws {
        let wanted = try Shape(shape).elementCount
        guard wanted == store.count else {
            throw SparsifyError(.usage, "There are \(store.count) elements for examples of shape \(shape).")
        }
        (self.shape, self.store) = (shape, store)
    }

    public init(_ tensor: Tensor<Float>) {
        (shape, store) = (tensor.shape, ExamplesInMemory(tensor.values))
    }

    /// Elements of an example.
    var length: Int { shape.dropFirst().reduce(1, *) }

    /// A run of the examples.
    public func rows(_ range: Range<Int>) throws -> Tensor<Float> {
        let places = range.lowerBound * length..<range.upperBound * length
        let values = try [Float](unsafeUninitializedCapacity: places.count) { values, count in
            if let base = values.baseAddress { try store.read(places, into: base) }
            count = places.count
        }
        return try Tensor(shape: [range.count] + shape.dropFirst(), values: values)
    }

    /// The examples with these numbers, where they are.
    func chosen(_ numbers: [Int]) throws -> SampleArray {
        try SampleArray(
            shape: [numbers.count] + shape.dropFirst(), store: ChosenExamples(store, numbers, length: length))
    }
}

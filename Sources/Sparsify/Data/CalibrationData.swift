public import Inference
public import Networks
internal import Tensors

/// Examples, ready for a network: what criteria that look at data look at. Many are on disk.
public struct CalibrationData: Sendable {
    /// One for each input of the network, in order; the first axis counts the examples.
    public let inputs: [SampleArray]
    /// Class numbers, or an array like the network's first output; nil: there are none.
    public let labels: Tensor<Double>?
    /// Where the labels come from, for messages.
    public let labelSource: String
    /// Which examples of the files these are.
    public let rows: [Int]
    /// How many there are in the files.
    public let available: Int
    /// The seed that they were chosen by; nil: all are here.
    public let seed: UInt64?
    /// Examples that are computed at once.
    public let batch: Int
    /// What was done to make the data fit, a sentence each.
    public let notes: [String]

    public var count: Int { rows.count }

    /// The examples in runs of `batch`; the last one may be shorter.
    public var batches: [Range<Int>] {
        stride(from: 0, to: count, by: batch).map { $0..<min($0 + batch, count) }
    }

    /// The inputs of a run of examples.
    public func inputs(_ range: Range<Int>) throws -> [Tensor<Float>] { try inputs.map { try $0.rows(range) } }

    /// The labels of a run of examples.
    public func labels(_ range: Range<Int>) throws -> Tensor<Double>? { try labels?.rows(range) }

    /// Reads the examples that `request` asks for.
    ///
    /// - Parameter model: the model's file, for messages.
    /// - Throws: `usage` where an array is missing or does not fit the network, or holds labels or numbers that are none;
    ///   `limit` where the examples take too much memory; what reading throws.
    public static func load(
        _ request: DataRequest, for network: Network, model: String, options: JobOptions
    ) throws -> CalibrationData {
        try DataLoader(request: request, network: network, model: model, options: options).load()
    }
}

extension Tensor {
    /// A run of positions along the first axis.
    func rows(_ range: Range<Int>) throws -> Tensor {
        let length = shape.dropFirst().reduce(1, *)
        return try Tensor(
            shape: [range.count] + shape.dropFirst(),
            values: Array(values[range.lowerBound * length..<range.upperBound * length]))
    }
}

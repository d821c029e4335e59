/// What data a job is to use, and what is to be done to it.
///
/// Arrays are named as everywhere: `x.npy`, `x.npz:name`, `x.h5:/path`. Their first axis counts the examples.
public struct DataRequest: Sendable {
    /// A file of several arrays: `x` (or the input's name; the inputs' names where there are several), and for the labels
    /// `y`. Or one array, of the only input.
    public var file: String?
    /// Arrays that are given one by one: for the input that is named, or the next in order.
    public var inputs: [(name: String?, file: String)] = []
    /// Labels: class numbers, or an array like the output.
    public var labels: String?
    /// How many examples are used, chosen at random; nil: all, in the order of the file.
    public var samples: Int? = DataRequest.standardSamples
    /// Seed of the shuffle that chooses them.
    public var seed: UInt64 = 0
    /// Each input x becomes x · scale + offset.
    public var scale = 1.0
    public var offset = 0.0
    /// Examples that are computed at once.
    public var batch = 32

    /// Whether the number of samples is nobody's choice: criteria that look at the loss then use all.
    public var samplesAreStandard = true

    public static var standardSamples: Int { 1024 }

    public init(file: String? = nil) { self.file = file }

    /// Whether there is any data at all.
    public var isEmpty: Bool { file == nil && inputs.isEmpty }
}

internal import Networks
internal import Tensors

/// The parameters of a network in memory, each read once, as the steps of a plan want them. What plans for other batch
/// sizes share is here.
final class Weights<T: Scalar> {
    private let network: Network
    let source: any ParameterSource
    /// For what is decoded.
    let threads: Int
    private var loaded: [ParameterReference: Storage<T>] = [:]
    /// What was read to be counted, and waits for a kernel that wants it.
    private var counted: [ParameterReference: Storage<T>] = [:]
    /// The same of sources that give non-zeros.
    var decoded: [ParameterReference: SparseElements] = [:]
    /// Parameters that the source does not have.
    private(set) var derived: [ParameterReference: DerivedParameter] = [:]
    private var folded: [Int: Folded] = [:]
    var nonzeroCounts: [ParameterReference: Int] = [:]
    var sparse: [SparseKey: SparseWeights] = [:]
    var sparseFolded: [SparseFoldedKey: SparseFolded] = [:]

    /// A parameter as a matrix; as a table where there is no layout.
    struct SparseKey: Hashable {
        var reference: ParameterReference
        var layout: SparseLayout?
    }

    struct SparseFoldedKey: Hashable {
        var step: Int
        var layout: SparseLayout
    }

    /// A kernel and a bias with a normalisation folded in.
    struct Folded {
        var kernel: Storage<T>
        var bias: Storage<T>?
    }

    /// A sparse kernel and a bias with a normalisation folded in.
    struct SparseFolded {
        var kernel: SparseWeights
        var bias: Storage<T>
    }

    init(_ network: Network, _ source: any ParameterSource, threads: Int) {
        self.network = network
        self.source = source
        self.threads = threads
    }

    /// A parameter made from others; the same one where it was asked for before.
    ///
    /// - Parameter original: whose place it takes.
    func derive(_ parameter: DerivedParameter, insteadOf original: ParameterReference) -> ParameterReference {
        var reference = original
        var number = 0
        repeat {
            number += 1
            reference.role = "\(original.role) [\(number)]"
        } while derived[reference].map { $0 != parameter } ?? false
        derived[reference] = parameter
        return reference
    }

    func shape(_ reference: ParameterReference) throws -> Shape {
        switch derived[reference] {
        case .cut(let cut): return try Shape(cut.shape)
        case .values(let values): return try Shape([values.count])
        case nil: break
        }
        guard let shape = network.parameter(reference)?.shape else {
            throw SparsifyError(
                .malformed, "The shape of '\(reference.role)' of layer '\(reference.layer)' is not known.")
        }
        return shape
    }

    func storage(_ reference: ParameterReference) throws -> Storage<T> {
        if let known = loaded[reference] { return known }
        let storage = try fresh(reference)
        loaded[reference] = storage
        return storage
    }

    /// A parameter that nothing else holds.
    func fresh(_ reference: ParameterReference) throws -> Storage<T> {
        if let waiting = counted.removeValue(forKey: reference) { return waiting }
        if let elements = decoded.removeValue(forKey: reference) {
            return elements.scattered(count: try shape(reference).elementCount)
        }
        switch derived[reference] {
        case .cut(let cut): return cut.applied(to: try loaded[cut.base] ?? fresh(cut.base))
        case .values(let values): return Storage(values.map { T($0) })
        case nil: return try source.storage(reference, count: shape(reference).elementCount)
        }
    }

    /// A parameter to be looked at; it is not read again where it is wanted after that.
    func glance(_ reference: ParameterReference) throws -> Storage<T> {
        if let known = loaded[reference] ?? counted[reference] { return known }
        let storage = try fresh(reference)
        counted[reference] = storage
        return storage
    }

    func doubles(_ references: [ParameterReference]) throws -> [[Double]] {
        try references.map { try storage($0).doubles }
    }

    /// Kernel and bias of a step, times a scale and plus a shift for each output channel.
    ///
    /// - Parameters:
    ///   - step: its position in the program; what is folded is kept by it.
    ///   - inner: elements of the kernel between neighbouring output channels.
    func folded(
        step: Int, kernel: ParameterReference, bias: ParameterReference?, affine: (scale: [Double], shift: [Double]),
        channels: Int, inner: Int
    ) throws -> Folded {
        if let known = folded[step] { return known }
        let storage = try fresh(kernel)
        let (scale, sums) = try foldedBias(bias, affine, channels: channels)
        Self.multiply(storage, by: scale.map { T($0) }, inner: inner)
        let result = Folded(kernel: storage, bias: sums)
        folded[step] = result
        return result
    }

    /// The scale of each channel, and the bias under it plus the shift.
    func foldedBias(
        _ bias: ParameterReference?, _ affine: (scale: [Double], shift: [Double]), channels: Int
    ) throws -> (scale: [Double], bias: Storage<T>) {
        let scale = affine.scale.count == 1 ? Array(repeating: affine.scale[0], count: channels) : affine.scale
        let shift = affine.shift.count == 1 ? Array(repeating: affine.shift[0], count: channels) : affine.shift
        let old = try bias.map { try self.storage($0).doubles }
        return (scale, Storage((0..<channels).map { T((old?[$0] ?? 0) * scale[$0] + shift[$0]) }))
    }

    @specialized(where T == Float)
    @specialized(where T == Double)
    private static func multiply(_ storage: Storage<T>, by scale: [T], inner: Int) {
        let values = storage.base
        if inner == 1 {
            for row in 0..<storage.count / max(scale.count, 1) {
                let part = values + row * scale.count
                for channel in scale.indices { part[channel] *= scale[channel] }
            }
        } else {
            for index in 0..<storage.count { values[index] *= scale[index / inner % scale.count] }
        }
    }
}

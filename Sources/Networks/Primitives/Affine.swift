public import Tensors

/// A scale and a shift of each element, x · scale + shift, that vary along some axes or not at all.
public struct Affine: Sendable, Hashable {
    /// Where scale and shift come from.
    public enum Source: Sendable, Hashable {
        /// One number for all elements, or one for each cell over `axes`; empty: no such.
        case constants(scale: [Double], shift: [Double])
        /// Parameters gamma (with `hasGamma`), beta (with `hasBeta`), mean and variance, each over `axes`:
        /// (x − mean) / √(variance + ε) · gamma + beta.
        case batchStatistics(hasGamma: Bool, hasBeta: Bool, epsilon: Double)
        /// Parameters mean and variance: (x − mean) / max(√variance, ε); `inverts`: the other way.
        case meanAndVariance(epsilon: Double, inverts: Bool)
        /// A parameter that is the scale.
        case scale
        /// A parameter that is the shift.
        case shift
    }

    public var source: Source
    /// Axes along which scale and shift vary, as positions among the extents, ascending.
    public var axes: [Int]

    public init(_ source: Source, axes: [Int] = []) {
        self.source = source
        self.axes = axes
    }

    public init(scale: Double? = nil, shift: Double? = nil) {
        self.init(.constants(scale: scale.map { [$0] } ?? [], shift: shift.map { [$0] } ?? []))
    }

    public var hasScale: Bool {
        switch source {
        case .constants(let scale, _): !scale.isEmpty
        case .shift: false
        default: true
        }
    }

    public var hasShift: Bool {
        switch source {
        case .constants(_, let shift): !shift.isEmpty
        case .batchStatistics, .meanAndVariance, .shift: true
        case .scale: false
        }
    }

    /// Scale and shift for each cell over `axes`, row-major; one number where they do not vary.
    ///
    /// - Parameter parameters: the values of the step's parameters, in order.
    /// - Throws: `malformed` where they differ in length.
    public func folded(_ parameters: [[Double]]) throws(SparsifyError) -> (scale: [Double], shift: [Double]) {
        let count = parameters.first?.count ?? 1
        guard parameters.allSatisfy({ $0.count == count }) else {
            throw SparsifyError(.malformed, "The parameters of a normalisation differ in length.")
        }
        switch source {
        case .constants(let scale, let shift):
            let count = max(scale.count, shift.count, 1)
            return (Self.spread(scale, count, 1), Self.spread(shift, count, 0))
        case .scale:
            return (parameters[0], Array(repeating: 0, count: count))
        case .shift:
            return (Array(repeating: 1, count: count), parameters[0])
        case .meanAndVariance(let epsilon, let inverts):
            let (mean, deviation) = (parameters[0], parameters[1].map { max($0.squareRoot(), epsilon) })
            return inverts
                ? (deviation, mean) : (deviation.map { 1 / $0 }, zip(mean, deviation).map { -$0 / $1 })
        case .batchStatistics(let hasGamma, let hasBeta, let epsilon):
            let (mean, variance) = (parameters[parameters.count - 2], parameters[parameters.count - 1])
            let gamma = hasGamma ? parameters[0] : Array(repeating: 1, count: count)
            let beta = hasBeta ? parameters[hasGamma ? 1 : 0] : Array(repeating: 0, count: count)
            let scale = zip(gamma, variance).map { $0 / ($1 + epsilon).squareRoot() }
            return (scale, zip(beta, zip(mean, scale)).map { $0 - $1.0 * $1.1 })
        }
    }

    private static func spread(_ values: [Double], _ count: Int, _ standard: Double) -> [Double] {
        values.count == count ? values : Array(repeating: values.first ?? standard, count: count)
    }
}

extension Affine: PrimitiveRule {
    func outputs(of inputs: [Value]) throws -> [Value] {
        let (value, with) = try single(inputs)
        return [with(value)]
    }

    func counts(_ step: StepEvidence) throws -> OperationCounts? {
        try step.perElement(multiplications: hasScale ? 1 : 0, additions: hasShift ? 1 : 0)
    }
}

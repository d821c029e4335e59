/// Weights behind a mask: the network is run with those that are kept, and all are trained, by the gradient at the masked
/// ones (Guo, Yao and Chen 2016, dynamic network surgery). A weight that was pruned goes on changing, and may come back when
/// the mask is chosen anew.
public final class MaskedWeights: Parametrisation {
    /// As long as θ; nil: all are kept.
    public var isKept: [Bool]?

    public init() {}

    public var extraVariables: [VariableGroup] { [] }

    public func sample(
        _ variables: UnsafeBufferPointer<Float>, _ moment: TrainingMoment,
        into parameters: UnsafeMutableBufferPointer<Float>
    ) { settle(variables, into: parameters) }

    public func pullBack(
        _ variables: UnsafeBufferPointer<Float>, _ moment: TrainingMoment,
        _ gradient: UnsafeMutableBufferPointer<Float>
    ) -> Double { 0 }

    public func settle(_ variables: UnsafeBufferPointer<Float>, into parameters: UnsafeMutableBufferPointer<Float>) {
        Self.write(variables, isKept, into: parameters)
    }

    /// Writes variables, and +0 where they are not kept.
    static func write(
        _ variables: UnsafeBufferPointer<Float>, _ isKept: [Bool]?, into parameters: UnsafeMutableBufferPointer<Float>
    ) {
        guard let isKept else {
            for index in 0..<parameters.count { parameters[index] = variables[index] }
            return
        }
        isKept.withUnsafeBufferPointer { isKept in
            for index in 0..<parameters.count { parameters[index] = isKept[index] ? variables[index] : 0 }
        }
    }
}

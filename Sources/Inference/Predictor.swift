public import Networks
public import Tensors

/// Runs a network in the precision that its configuration asks for: double where a layer is of float64, else single.
public final class Predictor: Sendable {
    private enum Runner {
        case single(NetworkRunner<Float>)
        case double(NetworkRunner<Double>)
    }

    public let network: Network
    private let runner: Runner

    /// - Parameters:
    ///   - kernels: whether dense or sparse kernels run.
    ///   - maximumBytes: bound on the memory of one batch, weights not counted; nil: three quarters of the machine's.
    public init(
        _ network: Network, parameters: any ParameterSource, threads: Int = Parallel.defaultThreads,
        kernels: KernelPolicy = .standard, maximumBytes: Int? = nil
    ) {
        self.network = network
        runner =
            network.layers.contains { $0.dtype == "float64" }
            ? .double(
                NetworkRunner(
                    network, parameters: parameters, threads: threads, kernels: kernels, maximumBytes: maximumBytes))
            : .single(
                NetworkRunner(
                    network, parameters: parameters, threads: threads, kernels: kernels, maximumBytes: maximumBytes))
    }

    /// Whether it computes in double precision.
    public var isDouble: Bool { if case .double = runner { true } else { false } }

    /// Names of what it takes, in order.
    public var inputNames: [String] { network.inputNames }
    /// Names of what it gives, in order.
    public var outputNames: [String] { network.outputNames }
    /// Shapes of what it takes, without the axis of examples; nil for an extent that is left open.
    public var inputExtents: [Extents] { network.inputs.map { network.program[$0].extents ?? [] } }
    /// Shapes of what it gives, likewise; nil for one that is not known before the network runs.
    public var outputExtents: [Extents?] { network.outputs.map { network.program[$0].extents } }

    /// What zeros in the weights make superfluous, and the network runs without; reads the weights.
    ///
    /// - Throws: as `NetworkRunner.run`.
    public func removals() throws -> [Removal] {
        switch runner {
        case .single(let runner): try runner.removals()
        case .double(let runner): try runner.removals()
        }
    }

    /// The outputs for all examples.
    ///
    /// - Parameters:
    ///   - inputs: one for each of `inputNames`, in order; the first axis counts the examples.
    ///   - batch: how many examples are computed at once.
    ///   - progress, cancellation: to watch and stop it, batch by batch.
    /// - Returns: one for each of `outputNames`, rounded to `Element`.
    /// - Throws: as `NetworkRunner.run`.
    public func predict<Element: Scalar>(
        _ inputs: [Tensor<Element>], batch: Int = 32, progress: WorkProgress? = nil,
        cancellation: CancellationFlag? = nil
    ) throws -> [Tensor<Element>] {
        switch runner {
        case .single(let runner):
            try runner.run(
                inputs.map { try $0.rounded() }, batch: batch, progress: progress, cancellation: cancellation
            ).map { try $0.rounded() }
        case .double(let runner):
            try runner.run(
                inputs.map { try $0.rounded() }, batch: batch, progress: progress, cancellation: cancellation
            ).map { try $0.rounded() }
        }
    }
}

extension Predictor {
    /// Takes the time of batches of numbers at random, which serve as well as any for that.
    ///
    /// - Parameters:
    ///   - batch: examples that are computed at once.
    ///   - runs: how often, after two that do not count.
    ///   - openExtent: what extents are that the network leaves open.
    /// - Throws: as `predict`.
    public func measure(batch: Int, runs: Int, openExtent: Int = 16) throws -> Measurement {
        switch runner {
        case .single(let runner): try runner.measure(runner.noise(batch, openExtent), runs: runs)
        case .double(let runner): try runner.measure(runner.noise(batch, openExtent), runs: runs)
        }
    }
}

extension Tensor {
    /// The same numbers in another type.
    func rounded<Other: Scalar>() throws -> Tensor<Other> {
        if let same = self as? Tensor<Other> { return same }
        return try Tensor<Other>(shape: shape, values: values.map { Other($0) })
    }
}

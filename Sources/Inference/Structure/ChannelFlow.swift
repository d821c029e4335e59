internal import Networks
internal import Tensors

/// What zeros in weights say of a program's channels: which are always the same number, which have to be kept together,
/// and which have to be kept in any case. It goes through the steps in order; a step that it has no rule for keeps all
/// channels of what it takes and gives.
struct ChannelFlow<T: Scalar> {
    let program: Program
    let weights: Weights<T>
    var map: ChannelMap
    /// By channel, what it is at every position of every example; not-a-number where that is not so.
    var constants: [Double]
    /// Channels that are kept.
    var pinned: [Int] = []
    /// Steps that mix channels.
    var products: [Product] = []
    /// By step, whether there was a rule for it.
    private(set) var isFollowed: [Bool] = []

    struct Product {
        /// Position of the step in the program.
        var step: Int
        var kernel: ChannelKernel
        /// Nil where every weight is taken to be other than zero.
        var pattern: WeightPattern?
        /// By input, whether it can become part of the bias.
        var absorbs: [Bool]
    }

    /// Nil where there are too many channels.
    init?(_ program: Program, _ weights: Weights<T>) {
        guard let map = ChannelMap(program.values) else { return nil }
        self.program = program
        self.weights = weights
        self.map = map
        constants = Array(repeating: .nan, count: map.count)
    }

    /// Goes through the next step.
    ///
    /// - Parameter isNeeded: whether the step is done at all; its weights are looked at then alone.
    mutating func visit(isNeeded: Bool) throws {
        let index = isFollowed.count
        let step = program.steps[index]
        isFollowed.append(isNeeded ? try follow(step, index) : false)
        if !isFollowed[index] { for value in step.inputs + step.outputs { pin(value) } }
    }

    mutating func pin(_ value: ValueID) { pinned += map[value] }

    /// Says what a channel always is. What is not finite is kept, for it does not vanish where it meets a zero.
    mutating func set(_ channel: Int, to value: Double) {
        let value = Double(T(value))
        if value.isFinite { constants[channel] = value } else { pinned.append(channel) }
    }

    /// False where there is no rule for the step.
    private mutating func follow(_ step: Step, _ index: Int) throws -> Bool {
        switch step.primitive {
        case .convolution, .contraction, .transposedConvolution:
            guard let kernel = try ChannelKernel(step, weights.shape), kernel.inputs == map[step.inputs[0]].count,
                kernel.outputs == map[step.outputs[0]].count
            else { return false }
            try mix(step, index, kernel)
            return true
        case .depthwiseConvolution(let primitive) where primitive.channels == .last:
            return try spread(step, primitive)
        case .affine(let primitive): return try scale(step, primitive)
        case .activation(let primitive) where step.inputs.count == 1 && ElementFunction<T>.covers(primitive):
            let function = try ElementFunction<T>(primitive)
            return tie(step) { value, _ in
                var result = value
                function.apply(&result, 1)
                return result
            }
        case .elementwise(let primitive): return combine(step, primitive.kind)
        case .concatenation(let primitive): return concatenate(step, primitive)
        default: return arrange(step)
        }
    }
}

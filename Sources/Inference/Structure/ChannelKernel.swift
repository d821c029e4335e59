internal import Networks
internal import Tensors

/// How the kernel of a step that mixes channels is a matrix for each tap of its window. Outputs of a depthwise
/// convolution, which mixes none, are taken to have one input, each its own.
struct ChannelKernel: Hashable {
    var taps: Int
    var inputs: Int
    var outputs: Int
    /// Whether the matrix is (inputs, outputs), else (outputs, inputs).
    var endsWithOutputs: Bool
    /// Whether each output sums all taps, so that an input that is the same everywhere adds the same everywhere.
    var seesWholeWindows: Bool

    var count: Int { taps * inputs * outputs }

    /// Nil for steps without such a kernel: that have channels along other axes, or in groups.
    init?(_ step: Step, _ shape: (ParameterReference) throws -> Shape) rethrows {
        let endsWithOutputs: Bool
        switch step.primitive {
        case .convolution(let primitive) where primitive.channels == .last && primitive.groups == 1:
            endsWithOutputs = true
            seesWholeWindows = primitive.window.seesInputAlone
        case .contraction(let primitive) where primitive.isMatrixProduct:
            endsWithOutputs = true
            seesWholeWindows = true
        case .transposedConvolution(let primitive) where primitive.channels == .last:
            endsWithOutputs = false
            seesWholeWindows = false
        case .depthwiseConvolution(let primitive) where primitive.channels == .last:
            endsWithOutputs = true
            seesWholeWindows = primitive.window.seesInputAlone
        default: return nil
        }
        let kernel = try shape(step.parameters[0]).dimensions
        guard kernel.count >= 2, !kernel.contains(0) else { return nil }
        let (rows, columns) = (kernel[kernel.count - 2], kernel[kernel.count - 1])
        self.endsWithOutputs = endsWithOutputs
        taps = kernel.dropLast(2).reduce(1, *)
        if case .depthwiseConvolution = step.primitive {
            (inputs, outputs) = (1, rows * columns)
        } else {
            (inputs, outputs) = endsWithOutputs ? (rows, columns) : (columns, rows)
        }
        // A bias over more axes is not one number for each channel.
        for bias in step.parameters.dropFirst() where try shape(bias).dimensions != [outputs] { return nil }
    }

    /// The input and the output that an element of the kernel joins.
    @inline(__always)
    func ends(of position: Int) -> (input: Int, output: Int) {
        if endsWithOutputs { return (position / outputs % inputs, position % outputs) }
        return (position % inputs, position / inputs % outputs)
    }
}

extension Window {
    /// Whether it never reaches past the input.
    fileprivate var seesInputAlone: Bool { padding == .valid || size.allSatisfy { $0 == 1 } }
}

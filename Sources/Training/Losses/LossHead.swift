public import Networks
internal import Tensors

/// A loss of a network's output. Where the network ends in the function that makes probabilities, gradients are taken from
/// what that is applied to (the logits), which is exact where probabilities are too small to be told from zero; where it
/// does not, the output itself is taken for logits.
public struct LossHead: Sendable {
    public let kind: LossKind
    /// Whether the network's last step is a softmax or sigmoid, which is part of the loss here.
    public let endsInProbabilities: Bool
    /// The value that the loss is computed of.
    public let output: ValueID

    /// - Parameter kind: nil: what the end of the network suggests: cross-entropy for a softmax and where labels are classes,
    ///   binary cross-entropy for a sigmoid, else the mean squared error.
    /// - Throws: `unsupported` where the network has several outputs.
    public init(_ network: Network, kind: LossKind?, hasClasses: Bool) throws {
        guard network.outputs.count == 1, let output = network.outputs.first else {
            throw SparsifyError(
                .unsupported, "The network has \(network.outputs.count) outputs, and a loss is of one.")
        }
        let last = network.program.steps.last { $0.outputs.contains(output) }
        var ending: String?
        if case .activation(let activation)? = last?.primitive, last?.inputs.count == 1 {
            let rank = network.program[output].extents?.count ?? 0
            if activation.axes(count: rank).elementsEqual((0..<rank).suffix(1)) { ending = activation.name }
        }
        let units = network.program[output].extents?.last ?? nil
        let suggested: LossKind =
            ending == "softmax" || (hasClasses && units != 1)
            ? .crossEntropy : ending == "sigmoid" ? .binaryCrossEntropy : .meanSquaredError
        self.kind = kind ?? suggested
        endsInProbabilities =
            ending == "softmax" && self.kind == .crossEntropy || ending == "sigmoid" && self.kind == .binaryCrossEntropy
        self.output = endsInProbabilities ? last!.inputs[0] : output
    }

    /// The loss of a batch, and its gradient by the output.
    ///
    /// - Parameters:
    ///   - output: (positions, classes).
    ///   - labels: those of the batch's positions.
    ///   - factor: what both are multiplied by: one over the number of positions (or elements) that the mean is over.
    /// - Returns: the loss of the batch, times the factor.
    func evaluate<N: Number>(
        _ output: UnsafeMutablePointer<N>, _ labels: BatchLabels, length: Int, factor: Double,
        gradient: UnsafeMutablePointer<N>?
    ) -> N {
        switch (kind, labels) {
        case (.crossEntropy, .classes(let classes)):
            return crossEntropy(output, length, factor, gradient) { position, element in
                Int(classes[classes.startIndex + position]) == element ? 1 : 0
            } positions: {
                classes.count
            }
        case (.crossEntropy, .values(let values)):
            return crossEntropy(output, length, factor, gradient) { position, element in
                Double(values[values.startIndex + position * length + element])
            } positions: {
                values.count / length
            }
        case (_, .values(let values)):
            return elementwise(output, factor, gradient, count: values.count) { Double(values[values.startIndex + $0]) }
        case (_, .classes(let classes)):
            return elementwise(output, factor, gradient, count: classes.count) {
                Double(classes[classes.startIndex + $0])
            }
        }
    }

    private func crossEntropy<N: Number>(
        _ output: UnsafeMutablePointer<N>, _ length: Int, _ factor: Double, _ gradient: UnsafeMutablePointer<N>?,
        _ label: (_ position: Int, _ element: Int) -> Double, positions: () -> Int
    ) -> N {
        var sum = N.zero
        let scale = N(factor)
        for position in 0..<positions() {
            let logits = output + position * length
            var top = -Double.infinity
            for element in 0..<length { top = max(top, logits[element].double) }
            var total = N.zero
            for element in 0..<length { total += N.exponential(logits[element] - N(top)) }
            let logTotal = N.logarithm(total) + N(top)
            var mass = 0.0
            for element in 0..<length {
                let share = label(position, element)
                guard share != 0 else { continue }
                mass += share
                sum += N(share) * (logTotal - logits[element])
            }
            guard let gradient else { continue }
            let target = gradient + position * length
            for element in 0..<length {
                let probability = N.exponential(logits[element] - logTotal)
                target[element] = scale * (N(mass) * probability - N(label(position, element)))
            }
        }
        return sum * scale
    }

    private func elementwise<N: Number>(
        _ output: UnsafeMutablePointer<N>, _ factor: Double, _ gradient: UnsafeMutablePointer<N>?, count: Int,
        _ label: (Int) -> Double
    ) -> N {
        var sum = N.zero
        let scale = N(factor)
        for index in 0..<count {
            let (value, answer) = (output[index], N(label(index)))
            if kind == .binaryCrossEntropy {
                sum += N.softplus(value) - answer * value
                gradient?[index] = scale * (N.sigmoid(value) - answer)
            } else {
                let difference = value - answer
                sum += difference * difference
                gradient?[index] = scale * (difference + difference)
            }
        }
        return sum * scale
    }

    /// The product of the loss's Hessian by the output with a tangent of it, which for these losses is positive
    /// semidefinite: what stands in the middle of the Gauss-Newton matrix (Schraudolph 2002). The labels' masses are 1.
    ///
    /// - Parameters:
    ///   - output: (positions, classes).
    ///   - tangent: of the output, of the same shape.
    func curvature<N: Number>(
        _ output: UnsafeMutablePointer<N>, _ tangent: UnsafeMutablePointer<N>, count: Int, length: Int,
        factor: Double, into target: UnsafeMutablePointer<N>
    ) {
        let scale = N(factor)
        switch kind {
        case .meanSquaredError:
            for index in 0..<count { target[index] = (scale + scale) * tangent[index] }
        case .binaryCrossEntropy:
            for index in 0..<count {
                let probability = N.sigmoid(output[index])
                target[index] = scale * probability * (N(1.0) - probability) * tangent[index]
            }
        case .crossEntropy:
            for start in stride(from: 0, to: count, by: length) {
                var top = output[start]
                for element in 0..<length { top = N.greater(top, output[start + element]) }
                var (total, mean) = (N(0.0), N(0.0))
                for element in 0..<length {
                    let power = N.exponential(output[start + element] - top)
                    target[start + element] = power
                    total += power
                    mean += power * tangent[start + element]
                }
                for element in 0..<length {
                    let probability = target[start + element] / total
                    target[start + element] =
                        scale * probability * (tangent[start + element] - mean / total)
                }
            }
        }
    }
}

/// The labels of some examples.
enum BatchLabels {
    case classes(ArraySlice<Int32>)
    case values(ArraySlice<Float>)

    var count: Int {
        switch self {
        case .classes(let classes): classes.count
        case .values(let values): values.count
        }
    }

    var areClasses: Bool { if case .classes = self { true } else { false } }
}

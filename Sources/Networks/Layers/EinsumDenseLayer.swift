/// An Einstein sum of the input and a kernel.
struct EinsumDenseLayer: LayerKind {
    static let names = ["EinsumDense", "ExperimentalEinsumDense"]

    private let input: [Character]
    private let kernel: [Character]
    private let output: [Character]
    /// Whether the axes that an ellipsis stands for come first, or last.
    private let elidesFirst: Bool
    private let elidesLast: Bool
    private let outputShape: [Int?]
    private let biasAxes: String?
    private let activation: Activation?

    init(_ config: LayerConfig) throws {
        let equation = (try config.optionalString("equation") ?? "").filter { $0 != " " }
        let sides = equation.replacing("->", with: "=").split(separator: "=", omittingEmptySubsequences: false)
        let operands = sides.first.map { $0.split(separator: ",", omittingEmptySubsequences: false) } ?? []
        guard sides.count == 2, operands.count == 2, !operands[0].isEmpty, !sides[1].isEmpty else {
            throw config.failure("'equation' is '\(equation)'.")
        }
        // The first label of input and output, or what an ellipsis stands for, is the batch.
        elidesFirst = operands[0].hasPrefix("...") && sides[1].hasPrefix("...")
        elidesLast = operands[0].hasSuffix("...") && sides[1].hasSuffix("...") && !elidesFirst
        let (leading, trailing) = (elidesFirst ? 3 : 1, elidesLast ? 3 : 0)
        input = Array(operands[0].dropFirst(leading).dropLast(trailing))
        kernel = Array(operands[1])
        output = Array(sides[1].dropFirst(leading).dropLast(trailing))
        guard (input + kernel + output).allSatisfy(\.isLetter), Set(kernel).count == kernel.count,
            Set(input).count == input.count, Set(output).isSubset(of: input + kernel)
        else { throw config.unsupported("the equation '\(equation)' is not covered") }
        let shape = config.value("output_shape") ?? .null
        outputShape = try LayerConfig.extents(shape.array ?? [shape])
        biasAxes = try config.optionalString("bias_axes")
        activation = try config.activation()
    }

    var parameters: [ParameterRole] {
        let axes = kernel.indices.filter { output.contains(kernel[$0]) }
        return roles([
            ("kernel", .weight, OutputIndexing(axes: axes)),
            biasAxes != nil ? ("bias", .bias, .none) : nil,
        ])
    }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        let extents = lowering.extents(inputs[0])
        let free = extents.count - input.count
        let isElided = elidesFirst || elidesLast
        guard free == 0 || isElided, free >= 0, outputShape.count <= output.count + free,
            outputShape.count >= output.count
        else { throw lowering.failure("Its equation does not fit an input of shape \(extents.text).") }
        var numbers: [Character: Int] = [:]
        for label in input + kernel + output where numbers[label] == nil { numbers[label] = free + numbers.count }
        let letters = { (labels: [Character]) in labels.map { numbers[$0] ?? 0 } }
        let (leading, trailing) = elidesLast ? ([], Array(0..<free)) : (Array(0..<free), [])
        let known = elidesLast ? extents.prefix(input.count) : extents.suffix(input.count)
        var sizes: [Character: Int?] = [:]
        let shape = elidesLast ? outputShape.prefix(output.count) : outputShape.suffix(output.count)
        for (label, extent) in zip(output, shape) { sizes[label] = .some(extent) }
        for (label, extent) in zip(input, known) where extent != nil { sizes[label] = .some(extent) }
        let kernelExtents = try kernel.map { try lowering.fixed(sizes[$0] ?? nil) }
        var references = [try lowering.parameter("kernel", kernelExtents)]
        var primitive = Contraction(
            input: leading + letters(input) + trailing, kernel: letters(kernel),
            output: leading + letters(output) + trailing, kernelExtents: kernelExtents, hasBias: false)
        var shift: (axes: [Int], bias: ParameterReference)?
        if let biasAxes {
            // The bias has all axes from its first one to the last of the output.
            let first = output.firstIndex { biasAxes.contains($0) } ?? output.count
            let own = try output[first...].map { biasAxes.contains($0) ? try lowering.fixed(sizes[$0] ?? nil) : 1 }
            let bias = try lowering.parameter("bias", own + trailing.map { _ in 1 })
            let axes = output.indices.filter { biasAxes.contains(output[$0]) }
            // A matrix product takes a bias along its last axis alone.
            let isTaken = axes.count == 1 || !primitive.isMatrixProduct
            if trailing.isEmpty, isTaken, axes == Array(first..<output.count) {
                primitive.hasBias = true
                references.append(bias)
            } else {
                shift = (axes.map { leading.count + $0 }, bias)
            }
        }
        var result = try lowering.push(.contraction(primitive), [inputs[0]], references)
        if let shift { result = try lowering.push(.affine(Affine(.shift, axes: shift.axes)), [result], [shift.bias]) }
        return [try lowering.activate(activation, result)]
    }
}

/// An Einstein sum of the input and a kernel.
struct EinsumDenseLayer: LayerKind {
    static let names = ["EinsumDense", "ExperimentalEinsumDense"]

    private let input: [Character]
    private let kernel: [Character]
    private let output: [Character]
    private let hasEllipsis: Bool
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
        hasEllipsis = operands[0].hasPrefix("...") && sides[1].hasPrefix("...")
        input = Array(operands[0].dropFirst(hasEllipsis ? 3 : 1))
        kernel = Array(operands[1])
        output = Array(sides[1].dropFirst(hasEllipsis ? 3 : 1))
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
        guard free == 0 || hasEllipsis, free >= 0, outputShape.count <= output.count + free,
            outputShape.count >= output.count
        else { throw lowering.failure("Its equation does not fit an input of shape \(extents.text).") }
        var numbers: [Character: Int] = [:]
        for label in input + kernel + output where numbers[label] == nil { numbers[label] = free + numbers.count }
        let letters = { (labels: [Character]) in labels.map { numbers[$0] ?? 0 } }
        let leading = Array(0..<free)
        var sizes: [Character: Int?] = [:]
        for (label, extent) in zip(output, outputShape.suffix(output.count)) { sizes[label] = .some(extent) }
        for (label, extent) in zip(input, extents.suffix(input.count)) where extent != nil {
            sizes[label] = .some(extent)
        }
        let kernelExtents = try kernel.map { try lowering.fixed(sizes[$0] ?? nil) }
        var references = [try lowering.parameter("kernel", kernelExtents)]
        if let biasAxes {
            let axes = output.indices.filter { biasAxes.contains(output[$0]) }
            // The bias broadcasts from its first axis to the last of the output.
            let span = axes.first.map { Array(output[$0...]) } ?? []
            references.append(
                try lowering.parameter(
                    "bias",
                    span.map { biasAxes.contains($0) ? try lowering.fixed(sizes[$0] ?? nil) : 1 }))
        }
        let primitive = Contraction(
            input: leading + letters(input), kernel: letters(kernel), output: leading + letters(output),
            kernelExtents: kernelExtents, hasBias: biasAxes != nil)
        return [try lowering.activate(activation, lowering.push(.contraction(primitive), [inputs[0]], references))]
    }
}

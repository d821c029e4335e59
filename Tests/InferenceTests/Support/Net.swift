import Tensors

@testable import Inference
@testable import Networks

/// A network made of primitives, with parameters at random.
final class Net {
    private(set) var program = Program()
    private(set) var inputs: [ValueID] = []
    private(set) var parameters: [ParameterReference: (shape: [Int], numbers: [Double])] = [:]
    private var generator: SplitMix64

    init(seed: UInt64 = 1) { generator = SplitMix64(seed) }

    func input(_ extents: Int?...) -> ValueID { input(extents) }

    func input(_ extents: [Int?]) -> ValueID {
        let value = program.input(extents)
        inputs.append(value)
        return value
    }

    /// A parameter of a layer of its own.
    func parameter(_ shape: [Int], _ body: ((Double) -> Double)? = nil) -> ParameterReference {
        let reference = ParameterReference(layer: "layer\(parameters.count)", role: "kernel")
        let numbers = generator.numbers(shape.reduce(1, *))
        parameters[reference] = (shape, body.map { numbers.map($0) } ?? numbers)
        return reference
    }

    @discardableResult
    func push(
        _ primitive: Primitive, _ inputs: [ValueID], _ parameters: [ParameterReference] = []
    ) throws -> ValueID { try pushAll(primitive, inputs, parameters)[0] }

    func pushAll(
        _ primitive: Primitive, _ inputs: [ValueID], _ parameters: [ParameterReference] = []
    ) throws -> [ValueID] { try program.push(primitive, inputs, parameters) }

    func network(_ outputs: [ValueID]) -> Network {
        let names = parameters.keys.map(\.layer).sorted()
        let layers = names.map { name in
            let (reference, value) = parameters.first { $0.key.layer == name }!
            return Network.Layer(
                path: name, name: name, className: "Test",
                parameters: [
                    Network.Parameter(
                        role: ParameterRole(reference.role, .weight, weightsPath: "vars/0"),
                        shape: try? Shape(value.shape))
                ], isModel: false, ancestors: [], dtype: nil, isQuantized: false, issue: nil)
        }
        return Network(
            name: "net", className: "Functional", layers: layers, calls: [], program: program, inputs: inputs,
            outputs: outputs, positions: Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) }))
    }

    var source: MemoryParameters { MemoryParameters(parameters.mapValues(\.numbers)) }
}

extension Network {
    /// Parameters at random for a network from a configuration; what must be positive is.
    func randomParameters(seed: UInt64 = 1) -> MemoryParameters {
        var generator = SplitMix64(seed)
        var values: [ParameterReference: [Double]] = [:]
        for layer in layers {
            for parameter in layer.parameters {
                let numbers = generator.numbers(parameter.shape?.elementCount ?? 0)
                let isVariance = parameter.role.name.hasSuffix("variance")
                values[ParameterReference(layer: layer.path, role: parameter.role.name)] =
                    isVariance ? numbers.map { abs($0) + 0.5 } : numbers
            }
        }
        return MemoryParameters(values)
    }
}

/// Examples at random for the inputs of a network; open extents are 3.
func randomInputs(_ network: Network, rows: Int, seed: UInt64 = 9, _ body: ((Double) -> Double)? = nil) -> [Values] {
    var generator = SplitMix64(seed)
    return network.inputs.map { input in
        let extents = (network.program[input].extents ?? []).map { $0 ?? 3 }
        let numbers = generator.numbers(rows * extents.reduce(1, *))
        return Values(rows: rows, extents: extents, numbers: body.map { numbers.map($0) } ?? numbers)
    }
}

func tensor<Element: Scalar>(_ values: Values) throws -> Tensor<Element> {
    try Tensor(shape: values.shape, values: values.numbers.map { Element($0) })
}

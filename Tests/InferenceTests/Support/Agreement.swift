import Tensors
import Testing

@testable import Inference
@testable import Networks

/// The largest difference of two lists, relative to numbers above 1; infinite where only one is not-a-number.
func gap<Element: Scalar>(_ found: [Element], _ wanted: [Double]) -> Double {
    guard found.count == wanted.count else { return .infinity }
    var result = 0.0
    for (found, wanted) in zip(found, wanted) where !(found.isNaN && wanted.isNaN) && Double(found) != wanted {
        let difference = abs(Double(found) - wanted) / max(abs(wanted), 1)
        result = difference.isNaN ? .infinity : max(result, difference)
    }
    return result
}

/// Runs a network in single and double precision, on one thread and on several, and expects what the plain loops of
/// `Reference` give, and of several threads the same bits.
func expectAgreement(
    _ network: Network, _ parameters: MemoryParameters, _ inputs: [Values], single: Double = 2e-5,
    double: Double = 1e-12, _ location: SourceLocation = #_sourceLocation
) throws {
    let wanted = try Reference(network, parameters.values).run(inputs)
    let singles = try NetworkRunner<Float>(network, parameters: parameters, threads: 1).run(inputs.map(tensor))
    let doubles = try NetworkRunner<Double>(network, parameters: parameters, threads: 1).run(inputs.map(tensor))
    #expect(singles.map(\.shape) == wanted.map(\.shape), sourceLocation: location)
    for (output, wanted) in wanted.enumerated() {
        let (first, second) = (gap(singles[output].values, wanted.numbers), gap(doubles[output].values, wanted.numbers))
        #expect(first <= single, "output \(output) in single precision", sourceLocation: location)
        #expect(second <= double, "output \(output) in double precision", sourceLocation: location)
    }
    let shared = try NetworkRunner<Float>(network, parameters: parameters, threads: 3).run(inputs.map(tensor))
    #expect(bits(shared) == bits(singles), "on three threads", sourceLocation: location)
    try expectSparseAgreement(network, parameters, inputs, tolerance: single, location)
    try expectGradients(network, parameters, inputs, outputs: wanted, location)
}

/// The same for a net of primitives.
func expectAgreement(
    _ net: Net, _ outputs: [ValueID], rows: Int = 3, single: Double = 2e-5, double: Double = 1e-12,
    _ location: SourceLocation = #_sourceLocation, inputs body: ((Double) -> Double)? = nil
) throws {
    let network = net.network(outputs)
    try expectAgreement(
        network, net.source, randomInputs(network, rows: rows, body), single: single, double: double, location)
}

/// Bits, of which not-a-number has as many as any.
func bits(_ tensors: [Tensor<Float>]) -> [[UInt32]] { tensors.map { $0.values.map(\.bitPattern) } }

import Testing

@testable import Inference
@testable import Networks

/// Chains of convolutions between which values lie in planes.
@Suite struct PlaneConvolutionTests {
    private static func convolution(_ filters: Int, stride: Int = 1) -> Primitive {
        let window = Window(size: [1, 1], strides: [stride, stride], dilation: nil, padding: .valid)
        return .convolution(
            Convolution(window: window, filters: filters, groups: 1, channels: .last, hasBias: true))
    }

    private static func push(_ net: Net, _ x: ValueID, _ depth: Int, _ filters: Int, stride: Int = 1) throws -> ValueID
    {
        try net.push(
            convolution(filters, stride: stride), [x],
            [net.parameter([1, 1, depth, filters]), net.parameter([filters])])
    }

    private static func kernels(_ net: Net, _ outputs: [ValueID], rows: Int, kernels: KernelPolicy) throws -> [Bool] {
        let network = net.network(outputs)
        let plan = try PlanBuilder<Float>.plan(
            network, Weights<Float>(network, net.source, threads: 1), rows: rows,
            extents: net.inputs.map { (net.program[$0].extents ?? []).compactMap { $0 } },
            choice: KernelChoice(policy: kernels, weightBytes: 0), maximumBytes: 1 << 30)
        return plan.steps.map { $0.kernel is PlaneConvolutionKernel }
    }

    /// A block with a sum, and after it convolutions of every position and of every second or third, which end in rows.
    @Test(arguments: [([9, 7], 6), ([10, 19], 130), ([33, 6], 6)])
    func blocks(extents: [Int], depth: Int) throws {
        let net = Net()
        let x = net.input((extents + [3]).map { $0 })
        let short = try Self.push(net, x, 3, depth)
        let first = try Self.push(net, x, 3, 5)
        let second = try Self.push(net, first, 5, depth)
        let sum = try net.push(.elementwise(Elementwise(.add)), [second, short])
        let relu = try net.push(.activation(Activation("relu").canonical()), [sum])
        let third = try Self.push(net, relu, depth, depth)
        let next = try net.push(.elementwise(Elementwise(.add)), [third, relu])
        let tanh = try net.push(.activation(Activation("tanh").canonical()), [next])
        let ends =
            try [Self.push(net, tanh, depth, 4), Self.push(net, tanh, depth, 3, stride: 2)]
            + (extents[0] > 30 ? [Self.push(net, tanh, depth, 2, stride: 3)] : [])
        let found = try Self.kernels(net, ends, rows: 2, kernels: .sparse)
        #expect(found == Array(repeating: true, count: ends.count + 4))
        #expect(try Self.kernels(net, ends, rows: 2, kernels: .dense).allSatisfy { !$0 })
        for rows in depth > 100 ? [1] : [1, 3] { try expectAgreement(net, ends, rows: rows, single: 5e-5) }
    }

    /// What is seen from outside, or used by another kind of step, has its channels last; and so has what is added to it.
    @Test func valuesThatOthersUse() throws {
        let net = Net()
        let x = net.input([8, 8, 3])
        let first = try Self.push(net, x, 3, 6)
        let second = try Self.push(net, first, 6, 6)
        let sum = try net.push(.elementwise(Elementwise(.add)), [second, first])
        let negated = try net.push(.elementwise(Elementwise(.multiply)), [sum, sum])
        let last = try Self.push(net, sum, 6, 4)
        #expect(try Self.kernels(net, [negated, last], rows: 1, kernels: .sparse).allSatisfy { !$0 })
        try expectAgreement(net, [negated, last])
        try expectAgreement(net, [first, last])
        try expectAgreement(net, [last])
    }
}

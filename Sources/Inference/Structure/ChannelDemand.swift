internal import Networks

/// Which channels have to be computed: what the network gives, and what that depends on, step by step backwards.
struct ChannelDemand<T: Scalar> {
    private(set) var flow: ChannelFlow<T>
    /// By root of joined channels.
    private var kept: [Bool]
    /// Roots whose makers have not been asked yet what they read.
    private var fresh: [Int] = []
    /// By root, the first of the outputs of products that are joined there; by output, the next one. −1 ends a list.
    private var heads: [Int32]
    /// By step, which outputs have finite parameters.
    private var finite: [Int: [Bool]] = [:]
    private var links: [(product: Int32, output: Int32, next: Int32)] = []

    init(_ flow: ChannelFlow<T>) throws {
        self.flow = flow
        kept = Array(repeating: false, count: flow.map.count)
        heads = Array(repeating: -1, count: flow.map.count)
        for (number, product) in flow.products.enumerated() {
            for (output, channel) in flow.map[flow.program.steps[product.step].outputs[0]].enumerated() {
                let root = self.flow.map.root(channel)
                links.append((Int32(number), Int32(output), heads[root]))
                heads[root] = Int32(links.count - 1)
            }
        }
        for channel in flow.pinned { keep(channel) }
        repeat {
            spread()
            keepOneOfEach()
            if fresh.isEmpty { try keepInfinite() }
        } while !fresh.isEmpty
    }

    /// Positions of the channels of a value that stay; nil where all do.
    mutating func positions(_ value: ValueID) -> [Int]? {
        let channels = flow.map[value]
        let positions = channels.indices.filter { kept[flow.map.root($0)] }.map { $0 - channels.lowerBound }
        return positions.count == channels.count ? nil : positions
    }

    private mutating func keep(_ channel: Int) {
        let root = flow.map.root(channel)
        guard !kept[root] else { return }
        kept[root] = true
        fresh.append(root)
    }

    private mutating func spread() {
        while let root = fresh.popLast() {
            var link = heads[root]
            while link >= 0 {
                let (number, output, next) = links[Int(link)]
                let product = flow.products[Int(number)]
                let first = flow.map[flow.program.steps[product.step].inputs[0]].lowerBound
                if let pattern = product.pattern {
                    pattern.forEachInput(of: Int(output)) { if !product.absorbs[$0] { keep(first + $0) } }
                } else {
                    for input in product.absorbs.indices { keep(first + input) }
                }
                link = next
            }
        }
    }

    /// A value without channels would be one that kernels need not understand.
    private mutating func keepOneOfEach() {
        for channels in flow.map.all where !channels.isEmpty {
            if !channels.contains(where: { kept[flow.map.root($0)] }) { keep(channels.lowerBound) }
        }
    }

    /// Outputs that nobody reads, and that may be infinite all the same, stay: nothing else vanishes where it meets a
    /// zero.
    private mutating func keepInfinite() throws {
        for index in flow.program.steps.indices where flow.isFollowed[index] {
            let step = flow.program.steps[index]
            guard !step.parameters.isEmpty, let kept = positions(step.outputs[0]) else { continue }
            let first = flow.map[step.outputs[0]].lowerBound
            let finite = try self.finite[index] ?? flow.finiteOutputs(of: step)
            self.finite[index] = finite
            let staying = Set(kept)
            for (place, isFinite) in finite.enumerated() where !isFinite && !staying.contains(place) {
                keep(first + place)
            }
        }
    }
}

/// Numbers as the bins that they fall into: how many boundaries are not above them.
struct DiscretizationLayer: LayerKind {
    static let names = ["Discretization"]

    private let boundaries: [Double]
    private let encoding: CategoryEncoding

    init(_ config: LayerConfig) throws {
        guard let boundaries = try config.numbers("bin_boundaries") ?? config.numbers("bins"), !boundaries.isEmpty,
            boundaries.count < CategoryEncoding.most
        else { throw config.unsupported("its configuration does not say where bins end") }
        var fields = config.fields
        fields["output_mode"] = fields["output_mode"] ?? .string("int")
        self.boundaries = boundaries
        encoding = try CategoryEncoding(
            LayerConfig(config.path, config.className, fields, config.dialect), categories: boundaries.count + 1)
    }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        let rank = lowering.extents(inputs[0]).count
        let spread = try lowering.inserting(axes: [rank], into: inputs[0])
        let limits = try lowering.push(.constant(Constant(boundaries, extents: [boundaries.count])), inputs)
        let isPast = try lowering.combine(.greaterOrEqual, spread, limits)
        // A bin is counted, not computed: comparisons cost nothing.
        let bins = try lowering.reduce(.sum, isPast, axes: [rank])
        return [try encoding.encode(bins, into: &lowering)]
    }
}

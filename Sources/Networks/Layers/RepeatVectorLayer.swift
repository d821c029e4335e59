/// A vector several times, along a new first axis.
struct RepeatVectorLayer: LayerKind {
    static let names = ["RepeatVector"]

    private let count: Int

    init(_ config: LayerConfig) throws { count = try config.integer("n", in: 0...Int.max) }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        [try lowering.push(.tiling(Tiling(count: count)), inputs)]
    }
}

/// Rows of a (vocabulary, dimension) table.
struct EmbeddingLayer: LayerKind {
    static let names = ["Embedding"]

    private let vocabulary: Int
    private let dimension: Int

    init(_ config: LayerConfig) throws {
        vocabulary = try config.integer("input_dim")
        dimension = try config.integer("output_dim")
    }

    var parameters: [ParameterRole] { roles([("embeddings", .embedding, OutputIndexing(axes: [1]))]) }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        let table = try lowering.parameter("embeddings", [vocabulary, dimension])
        return [try lowering.push(.gather(Gather(dimension: dimension)), inputs, [table])]
    }
}

/// The axes in another order.
struct PermuteLayer: LayerKind {
    static let names = ["Permute"]

    private let order: [Int]

    init(_ config: LayerConfig) throws {
        guard let list = try config.integerList("dims"), list.allSatisfy({ $0 >= 1 }) else {
            throw config.failure("'dims' is no order of axes.")
        }
        order = list.map { $0 - 1 }
    }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        [try lowering.push(.transpose(Transpose(order)), inputs)]
    }
}

/// Where values come in.
struct InputLayer: LayerKind {
    static let names = ["InputLayer"]

    init(_ config: LayerConfig) {}

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) -> [ValueID] { inputs }
}

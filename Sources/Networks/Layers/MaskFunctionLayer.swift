/// Comparisons that a functional model of Keras 3 makes to derive a mask. They cost nothing, and what uses a mask has
/// the shape of its other inputs.
struct MaskFunctionLayer: LayerKind {
    static let names =
        [
            "Any", "All", "Equal", "Greater", "GreaterEqual", "Less", "LessEqual", "LogicalAnd", "LogicalNot",
            "LogicalOr",
            "NotEqual",
        ].map { "ops.\($0)" }

    init(_ config: LayerConfig) {}

    var needsShapes: Bool { false }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) -> [ValueID] {
        [lowering.program.unknown("it is a mask, whose shape is not followed")]
    }
}

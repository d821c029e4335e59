internal import Tensors

/// A layer whose kernel training keeps small. What is stored is the kernel as it was last made, which is used as it is.
struct SpectralNormalizationLayer: LayerKind {
    static let names = ["SpectralNormalization"]

    private let inner: any LayerKind
    private let kernel: String

    init(_ config: LayerConfig) throws {
        let inner = try LayerKinds.kind(LayerKinds.configuration("layer", of: config))
        let names = ["kernel", "depthwise_kernel", "embeddings"]
        guard let kernel = names.first(where: { name in inner.parameters.contains { $0.name == name } }) else {
            throw config.unsupported("the layer it wraps has no kernel")
        }
        self.inner = inner
        self.kernel = kernel
    }

    var parameters: [ParameterRole] {
        inner.parameters.map { $0.within("", group: "layer") }
            + [ParameterRole("vector_u", .state, weightsPath: "vars/1")]
    }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        let results = try lowering.nested(inputs) { try inner.lower(inputs, into: &$0) }
        if let width = lowering.shapes[lowering.name(of: kernel)]?.dimensions.last {
            _ = try lowering.parameter("vector_u", [1, width])
        }
        return results
    }
}

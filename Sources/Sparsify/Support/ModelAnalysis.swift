internal import ModelIO
internal import Reports
internal import Tensors

/// What the layout of a file means: which tensor is which layer's weight, and the network, where there is one.
struct ModelAnalysis: Sendable {
    var layoutName: String? { nil }
    var notes: [String] { [] }

    init(_ reader: any ModelReader) throws {}

    func layerName(of tensor: String) -> String? { nil }

    func choices(_ tensors: [TensorInfo]) -> [TensorSelection.Choice] {
        tensors.map {
            .init(isPrunable: $0.elementType.isFloatingPoint && $0.shape.rank >= 2, reason: "rank \($0.shape.rank)")
        }
    }

    func outputMaps(_ tensors: [TensorInfo]) -> [OutputMap?] { tensors.map { _ in nil } }

    func layers(_ tensors: [TensorInfo], evidence: (Int) -> (nonzeros: Int, occupied: Int)?) -> [LayerReport] { [] }
}

extension OpenModel {
    func prepared(keepingOptimizer: Bool) throws -> OpenModel { self }
    func droppingOptimizer() throws -> OpenModel { self }
}

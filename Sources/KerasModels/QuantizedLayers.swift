internal import ModelIO
internal import Tensors

/// Layers whose kernels are stored as small integers beside their scales: nothing of them is pruned.
struct QuantizedLayers {
    private let groups: Set<String>

    init(_ tensors: [TensorInfo], layout: KerasLayout) {
        guard layout != .plain else {
            groups = []
            return
        }
        groups = Set(
            tensors.filter { ($0.elementType == .int8 || $0.elementType == .uint8) && $0.shape.rank >= 2 }
                .map { Self.group($0.name) })
    }

    /// The tensors of a layer share a group in both layouts.
    private static func group(_ name: String) -> String {
        KerasPaths.components(name).dropLast().joined(separator: "/")
    }

    func contains(_ tensor: TensorInfo) -> Bool { groups.contains(Self.group(tensor.name)) }
}

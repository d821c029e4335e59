internal import ModelIO
internal import Networks
internal import Tensors

/// Multi-head attention of Keras as `torch.nn.MultiheadAttention` has it: query, key and value in one matrix. For layers whose heads
/// together are as wide as their inputs; others have no counterpart.
struct AttentionModules {
    /// By index of a tensor: what it becomes; empty where it is part of what another becomes.
    private(set) var made: [Int: [RelaidTensor]] = [:]

    init(_ model: OpenModel) {
        let tensors = model.reader.tensors
        var layers: [String: [String: Int]] = [:]
        for (index, role) in model.analysis.roles.enumerated() {
            guard let reference = role.parameter else { continue }
            let layer = model.analysis.document.network?.layer(at: reference.layer)
            if layer?.className == "MultiHeadAttention" {
                layers[reference.layer, default: [:]][reference.role] = index
            }
        }
        for (layer, parts) in layers { take(parts, tensors, layer.replacing("/", with: ".")) }
    }

    private mutating func take(_ parts: [String: Int], _ tensors: [TensorInfo], _ module: String) {
        let names = ["query", "key", "value"]
        let kernels = names.compactMap { parts["\($0)/kernel"] }
        let biases = names.compactMap { parts["\($0)/bias"] }
        guard let output = parts["attention_output/kernel"], kernels.count == 3, biases.isEmpty || biases.count == 3,
            parts.count == 4 + biases.count + (parts["attention_output/bias"] == nil ? 0 : 1)
        else { return }
        let shapes = kernels.map { tensors[$0].shape.dimensions }
        let type = tensors[kernels[0]].elementType
        guard let first = shapes.first, first.count == 3, tensors[kernels[0]].elementCount > 0,
            shapes.allSatisfy({ $0 == first }),
            first[0] == first[1] * first[2],
            tensors[output].shape.dimensions == [first[1], first[2], first[0]],
            biases.allSatisfy({ tensors[$0].shape.dimensions == Array(first[1...]) }),
            parts.values.allSatisfy({ tensors[$0].elementType == type })
        else { return }
        let width = first[0]
        for index in parts.values { made[index] = [] }
        func view(_ index: Int) -> TensorView { TensorView(tensors[index].shape) }
        made[kernels[0]] = [
            RelaidTensor(
                name: "\(module).in_proj_weight", shape: [3 * width, width], elementType: type,
                parts: kernels.map { .init(source: $0, view: view($0).merging(axis: 1).transposed([1, 0])) })
        ]
        if let bias = biases.first {
            made[bias] = [
                RelaidTensor(
                    name: "\(module).in_proj_bias", shape: [3 * width], elementType: type,
                    parts: biases.map { .init(source: $0, view: view($0)) })
            ]
        }
        made[output] = [
            RelaidTensor(
                name: "\(module).out_proj.weight", shape: [width, width], elementType: type,
                parts: [.init(source: output, view: view(output).merging(axis: 0).transposed([1, 0]))])
        ]
        if let bias = parts["attention_output/bias"] {
            made[bias] = [
                RelaidTensor(
                    name: "\(module).out_proj.bias", shape: [width], elementType: type, parts: [.init(source: bias)])
            ]
        }
    }
}

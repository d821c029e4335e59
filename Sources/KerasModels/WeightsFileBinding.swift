internal import ModelIO
internal import Networks
internal import Tensors

/// Variables of the `.weights.h5` layout, bound to parameters by path, where a network is known; else told by the
/// classes that the paths name.
struct WeightsFileBinding {
    private(set) var bindings: [String: WeightBinding] = [:]

    init(_ network: Network?, _ tensors: [TensorInfo]) {
        let places = network.map(Self.places) ?? [:]
        for tensor in tensors {
            guard let (group, number) = KerasPaths.variable(tensor.name) else { continue }
            let path = KerasPaths.components(tensor.name).map(Self.plainName)
            if let parameter = places[path.joined(separator: "/")],
                let known = network?.parameter(parameter), known.shape == nil || known.shape == tensor.shape
            {
                bindings[tensor.name] = WeightBinding(
                    layer: parameter.layer, role: parameter.role, parameter: parameter)
            } else {
                let owner = group.last.map(KerasPaths.withoutNumber) ?? ""
                let roles = RoleNames.variables(ofClass: owner)
                let layer = group.filter { $0 != "layers" && $0 != Self.oldContainer }.joined(separator: "/")
                bindings[tensor.name] = WeightBinding(
                    layer: layer, role: roles.flatMap { $0.indices.contains(number) ? $0[number] : nil } ?? "")
            }
        }
    }

    /// A component as recent Keras 3 has it: tf_keras lists private attributes of layers by their names, `_query_dense`.
    private static func plainName(_ component: String) -> String {
        if component == oldContainer { return "layers" }
        return component.hasPrefix("_") ? String(component.dropFirst()) : component
    }

    /// What early versions call the container of layers.
    static let oldContainer = "_layer_checkpoint_dependencies"

    /// Every parameter of a network by the path it has in a file.
    private static func places(_ network: Network) -> [String: ParameterReference] {
        var result: [String: ParameterReference] = [:]
        var prefixes: [[String]: String] = [[]: ""]
        var used: [String: Int] = [:]
        for layer in network.layers {
            let parent = prefixes[layer.ancestors] ?? ""
            let name = KerasPaths.snakeCase(layer.className)
            let counter = KerasPaths.join(parent, name)
            let number = used[counter, default: 0]
            used[counter] = number + 1
            let group = KerasPaths.join(KerasPaths.join(parent, "layers"), number == 0 ? name : "\(name)_\(number)")
            // A wrapper keeps the model that it wraps in a group of its own.
            let isWrapped = layer.isModel && layer.className == "TimeDistributed"
            if layer.isModel {
                prefixes[layer.ancestors + [layer.name]] = isWrapped ? KerasPaths.join(group, "layer") : group
            }
            for parameter in layer.parameters {
                result["\(group)/\(parameter.role.weightsPath)"] = ParameterReference(
                    layer: layer.path, role: parameter.role.name)
            }
        }
        return result
    }
}

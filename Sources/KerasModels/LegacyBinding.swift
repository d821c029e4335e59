internal import ModelIO
internal import Networks
internal import Tensors

/// Weights of the legacy layouts, bound to parameters by name: `group/…/kernel:0`, where the group is the layer or a
/// model that holds it.
struct LegacyBinding {
    private(set) var bindings: [String: WeightBinding] = [:]

    init(_ index: TreeIndex, _ layout: KerasLayout, _ network: Network?, _ tensors: [TensorInfo]) {
        let root = layout.weightsRoot ?? ""
        let listed = index[root].flatMap { StringAttribute.names(of: "layer_names", on: $0) } ?? []
        let groups = Set(listed)
        let families = network.map(LayerFamilies.init)
        var bound: Set<ParameterReference> = []
        var open: [(TensorInfo, group: String, components: [String])] = []
        for tensor in tensors {
            guard let path = KerasPaths.remainder(of: tensor.name, below: root),
                layout == .legacyWeights || path != tensor.name
            else { continue }
            let owner = Self.group(of: path, groups) ?? KerasPaths.components(path).first ?? path
            let components = KerasPaths.components(KerasPaths.remainder(of: path, below: owner) ?? path)
                .map(PruningWrappers.unwrapped)
            let key = PruningWrappers.unwrapped(owner)
            let role = KerasPaths.bareName(components.last ?? path)
            bindings[tensor.name] = WeightBinding(
                layer: components.count > 2 ? components[components.count - 2] : key, role: role)
            guard let families, !PruningWrappers.isState(tensor.name) else { continue }
            if let found = families.parameter(key, components, tensor.shape), bound.insert(found).inserted {
                bindings[tensor.name]?.parameter = found
            } else {
                open.append((tensor, key, components))
            }
        }
        // What a scope of TensorFlow renamed still is told by role and shape, where only one is left of them.
        for (tensor, group, components) in open {
            let left = families?.candidates(group, components, tensor.shape).filter { !bound.contains($0) } ?? []
            if left.count == 1, bound.insert(left[0]).inserted { bindings[tensor.name]?.parameter = left[0] }
        }
        // Weights that their layer gave no name come in the layer's order.
        for (tensor, group, components) in open where bindings[tensor.name]?.parameter == nil {
            guard KerasPaths.withoutNumber(KerasPaths.bareName(components.last ?? "")) == "variable" else { continue }
            let next = families?.parameters(group, components, tensor.shape).first { !bound.contains($0) }
            if let next, bound.insert(next).inserted { bindings[tensor.name]?.parameter = next }
        }
        for (name, binding) in bindings {
            if let parameter = binding.parameter {
                bindings[name]?.layer = network?.layer(at: parameter.layer)?.path ?? binding.layer
                bindings[name]?.role = parameter.role
            }
        }
    }
}

extension LegacyBinding {
    /// The listed group that a path lies in; layer names may have slashes, and then the longest goes.
    private static func group(of path: String, _ groups: Set<String>) -> String? {
        var parts = KerasPaths.components(path)
        while parts.popLast() != nil {
            let name = parts.joined(separator: "/")
            if groups.contains(name) { return name }
        }
        return nil
    }
}

/// The layers of a network by the outermost layer or model that a group of a legacy file is named after.
private struct LayerFamilies {
    private var byGroup: [String: [Network.Layer]] = [:]
    /// Within a group, layers by their own names.
    private var byName: [String: [String: [Network.Layer]]] = [:]

    init(_ network: Network) {
        for layer in network.layers {
            let group = layer.ancestors.first ?? layer.name
            byGroup[group, default: []].append(layer)
            if !layer.isModel { byName[group, default: [:]][layer.name, default: []].append(layer) }
        }
    }

    /// The parameters of a group that fit a weight by role and shape.
    func candidates(_ group: String, _ components: [String], _ shape: Shape) -> [ParameterReference] {
        (byGroup[group] ?? []).flatMap { Self.parameters($0, components, shape) }
    }

    /// The parameters of that shape, whatever their roles, of the layer of a group that a weight lies in.
    func parameters(_ group: String, _ components: [String], _ shape: Shape) -> [ParameterReference] {
        let layers = (byGroup[group] ?? []).filter { !$0.isModel }
        let named = layers.filter { components.contains($0.name) }
        guard let layer = named.count == 1 ? named.first : layers.count == 1 ? layers.first : nil else { return [] }
        return layer.parameters.filter { $0.shape == shape }
            .map { ParameterReference(layer: layer.path, role: $0.role.name) }
    }

    /// The parameter that a weight of a group is, by name.
    func parameter(_ group: String, _ components: [String], _ shape: Shape) -> ParameterReference? {
        guard let layers = byGroup[group] else { return nil }
        if layers.count == 1, !layers[0].isModel { return Self.parameters(layers[0], components, shape).first }
        var best: (rank: [Int], reference: ParameterReference)?
        // Where a layer's name, which may have slashes, ends last among the components.
        for end in components.indices.dropFirst().reversed() where best == nil {
            for start in (0..<end).reversed() {
                let name = components[start..<end].joined(separator: "/")
                for layer in byName[group]?[name] ?? [] {
                    guard let reference = Self.parameters(layer, components, shape).first else { continue }
                    let rank = [end - start, layer.ancestors.count { components.contains($0) }]
                    if best.map({ $0.rank.lexicographicallyPrecedes(rank) }) ?? true { best = (rank, reference) }
                }
            }
        }
        return best?.reference
    }

    private static func parameters(
        _ layer: Network.Layer, _ components: [String], _ shape: Shape
    ) -> [ParameterReference] {
        let fitting = layer.parameters.filter { $0.shape == nil || $0.shape == shape }
        let exact = fitting.filter { $0.role.name == KerasPaths.bareName(components.last ?? "") }
        let named = exact.isEmpty ? fitting.filter { $0.role.matches(path: components) } : exact
        // Names of parts are told from longer ones that begin alike: `lstm_cell` from `lstm_cell_1`.
        let whole = named.filter { parameter in
            parameter.role.name.split(separator: "/").dropLast().allSatisfy { components.contains(String($0)) }
        }
        return (whole.isEmpty ? named : whole).map { ParameterReference(layer: layer.path, role: $0.role.name) }
    }
}

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
        // Longer names first: a group may lie within another's path where layer names have slashes.
        let groups = Set(listed).sorted { ($1.utf8.count, $0) < ($0.utf8.count, $1) }
        let families = network.map(LayerFamilies.init)
        var bound: Set<ParameterReference> = []
        var open: [(TensorInfo, group: String, components: [String])] = []
        for tensor in tensors {
            guard let path = KerasPaths.remainder(of: tensor.name, below: root),
                layout == .legacyWeights || path != tensor.name
            else { continue }
            let group = groups.first { KerasPaths.remainder(of: path, below: $0) != nil }
            let owner = group ?? KerasPaths.components(path).first ?? path
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
        for (name, binding) in bindings {
            if let parameter = binding.parameter {
                bindings[name]?.layer = network?.layer(at: parameter.layer)?.path ?? binding.layer
                bindings[name]?.role = parameter.role
            }
        }
    }
}

/// The layers of a network by the outermost layer or model that a group of a legacy file is named after.
private struct LayerFamilies {
    private var byGroup: [String: [Network.Layer]] = [:]

    init(_ network: Network) {
        for layer in network.layers { byGroup[layer.ancestors.first ?? layer.name, default: []].append(layer) }
    }

    /// The parameters of a group that fit a weight by role and shape.
    func candidates(_ group: String, _ components: [String], _ shape: Shape) -> [ParameterReference] {
        (byGroup[group] ?? []).flatMap { Self.parameters($0, components, shape) }
    }

    /// The parameter that a weight of a group is, by name.
    func parameter(_ group: String, _ components: [String], _ shape: Shape) -> ParameterReference? {
        guard let layers = byGroup[group] else { return nil }
        let leaves = layers.filter { !$0.isModel }
        if leaves.count == 1, layers.count == 1 { return Self.parameters(leaves[0], components, shape).first }
        var best: (rank: [Int], reference: ParameterReference)?
        for layer in leaves {
            guard let end = Self.end(of: layer.name, in: components),
                let reference = Self.parameters(layer, components, shape).first
            else { continue }
            let parents = layer.ancestors.count { components.contains($0) }
            let rank = [end, layer.name.utf8.count, parents]
            if best.map({ $0.rank.lexicographicallyPrecedes(rank) }) ?? true { best = (rank, reference) }
        }
        return best?.reference
    }

    private static func parameters(
        _ layer: Network.Layer, _ components: [String], _ shape: Shape
    ) -> [ParameterReference] {
        let fitting = layer.parameters.filter { $0.shape == nil || $0.shape == shape }
        let exact = fitting.filter { $0.role.name == KerasPaths.bareName(components.last ?? "") }
        let named = exact.isEmpty ? fitting.filter { $0.role.matches(path: components) } : exact
        return named.map { ParameterReference(layer: layer.path, role: $0.role.name) }
    }

    /// Where a layer's name, which may have slashes, ends last among the components of a path.
    private static func end(of name: String, in components: [String]) -> Int? {
        let parts = KerasPaths.components(name)
        guard !parts.isEmpty, parts.count < components.count else { return nil }
        return (0..<components.count - parts.count).last { Array(components[$0..<$0 + parts.count]) == parts }
            .map { $0 + parts.count }
    }
}

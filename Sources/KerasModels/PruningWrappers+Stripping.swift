public import ModelIO
internal import Networks
internal import Tensors

extension PruningWrappers {
    /// The file as if its layers had never been wrapped: masks, thresholds and steps dropped, groups, names and the
    /// configuration those of the layers inside. Stock Keras loads the result. Weights are to be multiplied with the
    /// masks that the result names.
    ///
    /// - Parameter config: the configuration, where it comes from elsewhere than the tree. Without one, the classes of
    ///   the layers in a `.weights.h5` file are guessed from the shapes of their weights; `warnings` says so.
    /// - Returns: nil where there is no wrapper.
    /// - Throws: `malformed` where two things would get one name, or the configuration is broken; `unsupported` where
    ///   a class cannot be guessed.
    public static func stripping(
        _ tree: FileTree, _ tensors: [TensorInfo], config: String? = nil
    ) throws -> KerasRewrite? {
        let layout = KerasLayout(of: tree)
        guard layout != .plain, isPresent(in: tensors) else { return nil }
        let config = config ?? ArchiveDocument.config(tree)
        var warnings: [String] = []
        let groups =
            layout == .weightsFile ? try WrapperGroups(tree, tensors, config: config, warnings: &warnings) : nil
        func renamed(_ path: String) -> String {
            if let groups { return groups.renamed(path) }
            let isOptimizer = OptimizerState.holds(path, layout: layout)
            return isOptimizer ? path : KerasPaths.components(path).map(unwrapped).joined(separator: "/")
        }
        func isState(_ path: String) -> Bool {
            !OptimizerState.holds(path, layout: layout) && self.isState(path)
        }
        let masks = masks(tensors, layout: layout)
        var result = KerasRewrite(tree: tree, tensors: [], sources: [:], warnings: warnings)
        for tensor in tensors {
            if isState(tensor.name) {
                result.dropped.append(.init(tensor: tensor, reason: "state of a pruning wrapper"))
                continue
            }
            var copy = tensor
            copy.name = renamed(tensor.name)
            guard result.sources.updateValue(tensor.name, forKey: copy.name) == nil else {
                throw SparsifyError(.malformed, "Without pruning wrappers, two tensors would be '\(copy.name)'.")
            }
            result.tensors.append(copy)
            result.masks[copy.name] = masks[tensor.name]
        }
        result.tree.entries = try entries(tree, isState: isState, renamed: renamed)
        if layout == .wholeModel { try rewriteConfig(&result.tree, "model_config") }
        if ArchiveDocument.config(tree) != nil { try rewriteConfig(&result.tree, ArchiveDocument.configName) }
        return result
    }

    private static func entries(
        _ tree: FileTree, isState: (String) -> Bool, renamed: (String) -> String
    ) throws -> [FileTree.Entry] {
        var result: [FileTree.Entry] = []
        var positions: [String: Int] = [:]
        // Groups of state alone vanish with it.
        let holding = pathsAboveKept(tree, isState: isState)
        for entry in tree.entries {
            if isState(entry.path) { continue }
            var copy = entry
            copy.path = renamed(entry.path)
            if case .alias(let target) = entry.kind {
                if isState(target) { continue }
                copy.kind = .alias(target: renamed(target))
            }
            copy.attributes = entry.attributes.map { attribute in
                guard attribute.name.hasPrefix("layer_names") || attribute.name.hasPrefix("weight_names") else {
                    return attribute
                }
                return StringAttribute.rewriting(attribute) { name in
                    let path = KerasPaths.components(name)
                    let isOwn = self.isState(name)
                    return isOwn ? nil : path.map(unwrapped).joined(separator: "/")
                }
            }
            if case .group = entry.kind {
                if copy.path != entry.path, !holding.contains(entry.path), entry.attributes.isEmpty { continue }
                if let known = positions[copy.path] {
                    result[known].attributes += copy.attributes.filter { new in
                        !result[known].attributes.contains { $0.name == new.name }
                    }
                    continue
                }
            } else if positions[copy.path] != nil {
                throw SparsifyError(.malformed, "Without pruning wrappers, two objects would be '\(copy.path)'.")
            }
            positions[copy.path] = result.count
            result.append(copy)
        }
        return result
    }

    /// Every path with something below it that stays.
    private static func pathsAboveKept(_ tree: FileTree, isState: (String) -> Bool) -> Set<String> {
        var result: Set<String> = []
        for entry in tree.entries {
            if case .group = entry.kind { continue }
            if isState(entry.path) { continue }
            var parts = KerasPaths.components(entry.path)
            while parts.popLast() != nil {
                guard result.insert(parts.joined(separator: "/")).inserted else { break }
            }
        }
        return result
    }

    private static func rewriteConfig(_ tree: inout FileTree, _ name: String) throws {
        guard let text = StringAttribute.text(name, on: tree.entries[0]),
            let position = tree.entries[0].attributes.firstIndex(where: { $0.name == name }),
            let bare = unwrapping(try JSONValue(parsing: text))
        else { return }
        tree.entries[0].attributes[position] = StringAttribute.scalar(name, bare.config.text)
    }
}

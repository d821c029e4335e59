public import ModelIO

/// The state of the optimizer in a file, which inference has no use for.
public enum OptimizerState {
    /// Whether a path lies in the group that holds the optimizer's state.
    static func holds(_ path: String, layout: KerasLayout) -> Bool {
        switch layout {
        case .wholeModel: KerasPaths.isWithin(path, "optimizer_weights")
        case .weightsFile: KerasPaths.isWithin(path, "optimizer")
        case .legacyWeights: false
        case .plain: isOfPyTorch(path)
        }
    }

    /// As PyTorch's optimizers keep what they remember of the parameter of a number: `…/state/3/exp_avg`.
    private static func isOfPyTorch(_ path: String) -> Bool {
        let parts = KerasPaths.components(path)
        return parts.count >= 3 && parts[parts.count - 3] == "state" && Int(parts[parts.count - 2]) != nil
            && remembered.contains(parts[parts.count - 1])
    }

    /// What the optimizers of `torch.optim` call it.
    private static let remembered: Set<String> = [
        "acc_delta", "ax", "eta", "exp_avg", "exp_avg_sq", "exp_inf", "grad_avg", "max_exp_avg_sq", "momentum_buffer",
        "mu",
        "mu_product", "prev", "square_avg", "step", "step_size", "sum",
    ]

    /// The file without the optimizer's state. Keras loads the result as it loads the file, with a fresh optimizer;
    /// `training_config` stays.
    ///
    /// Keras 3 warns of a `.weights.h5` file without it where the model was compiled before. What another name outside
    /// of the optimizer's group leads to is kept.
    public static func dropping(_ tree: FileTree, _ tensors: [TensorInfo]) -> KerasRewrite {
        let layout = KerasLayout(of: tree)
        var kept: Set<String> = []
        for entry in tree.entries {
            guard case .alias(let target) = entry.kind, !holds(entry.path, layout: layout) else { continue }
            var path = KerasPaths.components(target)
            while !path.isEmpty {
                kept.insert(path.joined(separator: "/"))
                path.removeLast()
            }
        }
        func isDropped(_ path: String) -> Bool { holds(path, layout: layout) && !kept.contains(path) }
        var rewrite = KerasRewrite(tree: tree, tensors: [], sources: [:])
        rewrite.tree.entries = tree.entries.filter { !isDropped($0.path) }
        for tensor in tensors {
            if isDropped(tensor.name) {
                rewrite.dropped.append(.init(tensor: tensor, reason: "optimizer state"))
            } else {
                rewrite.tensors.append(tensor)
                rewrite.sources[tensor.name] = tensor.name
            }
        }
        return rewrite
    }
}

internal import ModelIO
internal import Networks
internal import Tensors

/// Decides what each tensor is for, and whether it is pruned.
struct RoleJudge {
    var layout: KerasLayout
    var network: Network?
    var bindings: [String: WeightBinding]
    var masks: [String: String]
    var quantized: QuantizedLayers

    func role(_ tensor: TensorInfo) -> TensorRole {
        var role = TensorRole(tensor: tensor.name, isPrunable: false, reason: "")
        if OptimizerState.holds(tensor.name, layout: layout) {
            role.isOptimizerState = true
            role.reason = "optimizer state"
            return role
        }
        if layout == .weightsFile, KerasPaths.isWithin(tensor.name, "metrics") {
            role.reason = "state of a metric"
            return role
        }
        let binding = bindings[tensor.name]
        let layer = binding?.parameter.flatMap { network?.layer(at: $0.layer) }
        let parameter = binding?.parameter.flatMap { network?.parameter($0) }
        role.parameter = binding?.parameter
        role.layer = binding?.layer
        role.role = binding.flatMap { $0.role.isEmpty ? nil : $0.role }
        role.outputs = parameter?.role.outputs
        role.mask = masks[tensor.name]
        role.isBFloat16 = tensor.elementType == .opaque16 && layer?.dtype == "bfloat16"
        (role.isPrunable, role.reason) = judge(tensor, binding, layer, parameter, isBFloat16: role.isBFloat16)
        return role
    }

    private func judge(
        _ tensor: TensorInfo, _ binding: WeightBinding?, _ layer: Network.Layer?, _ parameter: Network.Parameter?,
        isBFloat16: Bool
    ) -> (Bool, String) {
        if layout != .plain, PruningWrappers.isState(tensor.name) {
            return (false, "state of a pruning wrapper")
        }
        if quantized.contains(tensor) || (layer?.isQuantized ?? false) {
            return (false, "part of a quantised layer")
        }
        guard tensor.elementType.isFloatingPoint || isBFloat16 else {
            return (
                false,
                tensor.elementType == .opaque16
                    ? "elements of an unknown type" : "\(tensor.elementType.name), not floating-point"
            )
        }
        if let parameter, let layer {
            let purpose = parameter.role.purpose.phrase
            return parameter.role.isPrunable
                ? (true, "\(parameter.role.name) of \(layer.className) '\(layer.path)'") : (false, purpose)
        }
        let name = binding?.role ?? ""
        let known = RoleNames.purpose(name) ?? RoleNames.purpose(KerasPaths.withoutNumber(name))
        if let known, known != .weight, known != .embedding { return (false, known.phrase) }
        guard tensor.shape.rank >= 2 else {
            return (false, "rank \(tensor.shape.rank): not a weight matrix")
        }
        guard let binding else { return (true, "floating-point tensor of rank \(tensor.shape.rank)") }
        let owner = binding.layer.isEmpty ? "" : " of '\(binding.layer)'"
        return (true, known == nil ? "weight of rank \(tensor.shape.rank)\(owner)" : "\(name)\(owner)")
    }
}

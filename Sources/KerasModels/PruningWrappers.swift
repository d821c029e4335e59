public import ModelIO
internal import Networks
internal import Tensors

/// Layers under pruning by the TensorFlow Model Optimization toolkit. Each is wrapped in a `PruneLowMagnitude` layer
/// that holds, beside the layer, a mask of zeros and ones for each pruned weight, a threshold and a step count.
public enum PruningWrappers {
    static let prefix = "prune_low_magnitude_"
    /// What a `.weights.h5` file calls a wrapper.
    private static let group = "prune_low_magnitude"
    private static let className = "PruneLowMagnitude"

    /// Whether any weight of the file lies in a wrapper.
    public static func isPresent(in tensors: [TensorInfo]) -> Bool {
        tensors.contains { isState($0.name) }
    }

    /// The name of a wrapped layer, or of any other, without the wrapper's prefix.
    static func unwrapped(_ name: String) -> String {
        name.hasPrefix(prefix) && name.utf8.count > prefix.utf8.count ? String(name.dropFirst(prefix.count)) : name
    }

    static func isWrapperGroup(_ component: String) -> Bool { KerasPaths.withoutNumber(component) == group }

    /// Whether a weight is the wrapper's own: a mask, a threshold, a step, or (in `.weights.h5`) its copy of a kernel.
    static func isState(_ name: String) -> Bool {
        let parts = KerasPaths.components(name)
        if let variable = KerasPaths.variable(name) { return variable.group.last.map(isWrapperGroup) ?? false }
        guard let last = parts.last, parts.dropLast().contains(where: { $0.hasPrefix(prefix) }) else { return false }
        return stateName(last) != nil
    }

    private static func stateName(_ name: String) -> String? {
        let bare = KerasPaths.bareName(name)
        return ["mask", "threshold", "pruning_step"].first { $0 == bare || $0 == KerasPaths.withoutNumber(bare) }
    }

    /// By weight: the mask that it is to be multiplied with. Weights and masks of a wrapper come in the same order.
    static func masks(_ tensors: [TensorInfo], layout: KerasLayout) -> [String: String] {
        guard layout != .plain, isPresent(in: tensors) else { return [:] }
        var masks: [String: [TensorInfo]] = [:]
        var weights: [String: [TensorInfo]] = [:]
        for tensor in tensors where !OptimizerState.holds(tensor.name, layout: layout) {
            guard let key = wrapper(of: tensor.name) else { continue }
            if !isState(tensor.name) {
                weights[key, default: []].append(tensor)
            } else if KerasPaths.variable(tensor.name) != nil || stateName(lastComponent(tensor.name)) == "mask" {
                masks[key, default: []].append(tensor)
            }
        }
        var result: [String: String] = [:]
        for (key, listed) in masks {
            var candidates = listed.sorted { order($0.name) < order($1.name) }
            if layoutIsNumbered(listed) {
                // Copies of the kernels come first, then a mask for each, with thresholds in between.
                candidates.removeAll { $0.shape.rank == 0 }
                candidates.removeFirst(candidates.count / 2)
            }
            for weight in (weights[key] ?? []).sorted(by: { order($0.name) < order($1.name) }) {
                guard weight.shape.rank >= 2, let match = candidates.firstIndex(where: { $0.shape == weight.shape })
                else { continue }
                result[weight.name] = candidates.remove(at: match).name
            }
        }
        return result
    }

    private static func layoutIsNumbered(_ tensors: [TensorInfo]) -> Bool {
        tensors.allSatisfy { KerasPaths.variable($0.name) != nil }
    }

    private static func lastComponent(_ name: String) -> String { KerasPaths.components(name).last ?? name }

    /// Variables by number, names by the number that makes them different.
    private static func order(_ name: String) -> Int {
        if let variable = KerasPaths.variable(name) { return variable.index }
        let bare = KerasPaths.bareName(name)
        let stem = KerasPaths.withoutNumber(bare)
        return stem == bare ? 0 : Int(bare.dropFirst(stem.count + 1)) ?? 0
    }

    /// The wrapper that a weight lies in, the same for its state and for the layer's own weights.
    private static func wrapper(of name: String) -> String? {
        if let variable = KerasPaths.variable(name) {
            guard let position = variable.group.lastIndex(where: isWrapperGroup) else { return nil }
            return variable.group[...position].joined(separator: "/")
        }
        let parts = KerasPaths.components(name)
        // `…/prune_low_magnitude_d/prune_low_magnitude_d/mask` and `…/prune_low_magnitude_d/d/kernel`.
        guard parts.count >= 2, parts.contains(where: { $0.hasPrefix(prefix) }) || parts.count >= 3 else { return nil }
        return parts.dropLast().map(unwrapped).joined(separator: "/")
    }

    // MARK: Configuration

    /// The configuration with each wrapper replaced by the layer it wraps; nil where there is no wrapper.
    static func unwrapping(_ config: JSONValue) -> (config: JSONValue, renames: [String: String])? {
        var renames: [String: String] = [:]
        let bare = replaceWrappers(config, &renames)
        guard !renames.isEmpty else { return nil }
        return (rename(bare, renames), renames)
    }

    private static func replaceWrappers(_ json: JSONValue, _ renames: inout [String: String]) -> JSONValue {
        switch json {
        case .array(let values):
            return .array(values.map { replaceWrappers($0, &renames) })
        case .object(var fields):
            let name = fields["class_name"]?.string
            if name == className || name?.hasSuffix(">\(className)") == true, let outer = fields["config"]?.object,
                case .object(var inner)? = outer["layer"], var config = inner["config"]?.object
            {
                if let old = (outer["name"] ?? fields["name"])?.string, let new = config["name"]?.string {
                    renames[old] = new
                    if fields["name"] != nil { inner["name"] = .string(new) }
                }
                for key in ["batch_input_shape", "batch_shape"] where config[key] == nil { config[key] = outer[key] }
                inner["config"] = .object(config)
                inner["inbound_nodes"] = fields["inbound_nodes"] ?? inner["inbound_nodes"]
                return replaceWrappers(.object(inner), &renames)
            }
            for key in fields.keys.sorted() {
                if let value = fields[key] { fields[key] = replaceWrappers(value, &renames) }
            }
            return .object(fields)
        default: return json
        }
    }

    /// Renames layers where calls refer to them: `[name, call, output, …]`.
    private static func rename(_ json: JSONValue, _ renames: [String: String]) -> JSONValue {
        switch json {
        case .array(var values):
            if values.count >= 3, let name = values[0].string, values[1].integer != nil, values[2].integer != nil,
                let new = renames[name]
            {
                values[0] = .string(new)
            }
            return .array(values.map { rename($0, renames) })
        case .object(let fields): return .object(fields.mapValues { rename($0, renames) })
        default: return json
        }
    }
}

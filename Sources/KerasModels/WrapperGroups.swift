internal import ModelIO
internal import Networks
internal import Tensors

/// New names for the groups of pruning wrappers in a `.weights.h5` file, where a layer's group is called after its
/// class and counted among the layers of that class.
struct WrapperGroups {
    /// By path of a wrapper's group, the new last component.
    private var names: [String: String] = [:]

    init(_ tree: FileTree, _ tensors: [TensorInfo], config: String?, warnings: inout [String]) throws {
        let groups = tree.entries.filter { entry in
            if case .group = entry.kind { PruningWrappers.isWrapperGroup(entry.name) } else { false }
        }.map(\.path)
        if let config {
            collect(try JSONValue(parsing: config), "")
            guard let missing = groups.first(where: { names[$0] == nil }) else { return }
            throw SparsifyError(.malformed, "The model_config has no wrapped layer for '\(missing)'.")
        }
        warnings.append(
            "The file carries no model_config: the classes of pruned layers were told by the shapes of their weights."
        )
        let taken = Set(tree.entries.map { KerasPaths.join(Self.parent($0.path), KerasPaths.withoutNumber($0.name)) })
        let variables = Dictionary(grouping: tensors) {
            KerasPaths.variable($0.name)?.group.joined(separator: "/") ?? ""
        }
        for (parent, wrapped) in Dictionary(grouping: groups, by: Self.parent).sorted(by: { $0.key < $1.key }) {
            let sorted = wrapped.sorted { Self.number($0) < Self.number($1) }
            var used: [String: Int] = [:]
            for path in sorted {
                let name = try Self.guess(path, variables["\(path)/layer"] ?? [])
                let isTaken = taken.contains(KerasPaths.join(parent, name))
                guard !isTaken else {
                    throw SparsifyError(
                        .unsupported,
                        "Some layers of class '\(name)' are wrapped for pruning and some are not: their order is not known.",
                        file: nil, tensor: path, remedy: "Save the whole model, or strip it with the toolkit.")
                }
                let number = used[name, default: 0]
                used[name] = number + 1
                names[path] = number == 0 ? name : "\(name)_\(number)"
            }
        }
    }

    /// The path without wrappers: their groups renamed, and the `layer` level below them left out.
    func renamed(_ path: String) -> String {
        var old = ""
        var new: [String] = []
        var followsWrapper = false
        for part in KerasPaths.components(path) {
            old = KerasPaths.join(old, part)
            if followsWrapper, part == "layer" {
                followsWrapper = false
                continue
            }
            followsWrapper = names[old] != nil && PruningWrappers.isWrapperGroup(part)
            new.append(names[old] ?? part)
        }
        return new.joined(separator: "/")
    }

    private static func parent(_ path: String) -> String {
        KerasPaths.components(path).dropLast().joined(separator: "/")
    }

    private static func number(_ path: String) -> Int {
        let name = KerasPaths.components(path).last ?? path
        return Int(name.dropFirst(KerasPaths.withoutNumber(name).count + 1)) ?? 0
    }

    /// Notes the new name of each layer's group below a model's: a layer that becomes one of its class again changes
    /// the numbers of those after it.
    private mutating func collect(_ model: JSONValue, _ prefix: String) {
        let layers = model["config"]?["layers"]?.array ?? model["config"]?.array ?? []
        let container = KerasPaths.join(prefix, "layers")
        var oldCounts: [String: Int] = [:]
        var newCounts: [String: Int] = [:]
        func numbered(_ name: String, _ counts: inout [String: Int]) -> String {
            let number = counts[name, default: 0]
            counts[name] = number + 1
            return number == 0 ? name : "\(name)_\(number)"
        }
        for layer in layers {
            let outer = Self.snakeClass(layer)
            let inner = PruningWrappers.isWrapperGroup(outer) ? layer["config"]?["layer"] ?? .null : layer
            let path = KerasPaths.join(container, numbered(outer, &oldCounts))
            names[path] = numbered(Self.snakeClass(inner), &newCounts)
            if layer["config"]?["layers"] != nil { collect(layer, path) }
        }
    }

    private static func snakeClass(_ layer: JSONValue) -> String {
        let name = layer["class_name"]?.string ?? ""
        return KerasPaths.snakeCase(
            String(name[(name.lastIndex(of: ">").map(name.index(after:)) ?? name.startIndex)...]))
    }

    private static func guess(_ path: String, _ tensors: [TensorInfo]) throws -> String {
        let shapes = tensors.compactMap { tensor -> (Int, [Int])? in
            guard let rest = KerasPaths.remainder(of: tensor.name, below: "\(path)/layer/vars"), let index = Int(rest)
            else { return nil }
            return (index, tensor.shape.dimensions)
        }.sorted { $0.0 < $1.0 }.map(\.1)
        let bias = shapes.count == 2 && shapes[1].count == 1 ? shapes[1][0] : nil
        if shapes.count == 1 || bias != nil, let kernel = shapes.first {
            switch kernel.count {
            case 2 where bias == nil || bias == kernel[1]: return "dense"
            case 3 where bias == nil || bias == kernel[2]: return "conv1d"
            case 4 where bias == nil || bias == kernel[3]: return "conv2d"
            case 4 where bias == kernel[2]: return "conv2d_transpose"
            case 5 where bias == nil || bias == kernel[4]: return "conv3d"
            default: break
            }
        }
        if shapes.count >= 2, shapes[0].count == 4, shapes[1].count == 4 { return "separable_conv2d" }
        throw SparsifyError(
            .unsupported, "The class of a layer that is wrapped for pruning cannot be told from its weights.",
            tensor: path, remedy: "Save the whole model, or strip it with the toolkit.")
    }
}

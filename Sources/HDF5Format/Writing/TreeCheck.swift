internal import ModelIO
internal import Tensors

/// Checks that a tree can become a file: it may come from a file that nobody has checked.
enum TreeCheck {
    /// How each tensor will be stored, by path.
    static func plans(_ tree: FileTree, _ tensors: [TensorInfo]) throws -> [String: DatasetPlan] {
        guard let root = tree.entries.first, root.path.isEmpty, case .group = root.kind else {
            throw SparsifyError(.malformed, "The tree of objects does not begin with a root group.")
        }
        var waiting = Dictionary(tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        guard waiting.count == tensors.count else {
            throw SparsifyError(.malformed, "Two tensors have the same name.")
        }
        for tensor in tensors { try ObjectNames.checkPath(tensor.name, code: .refused) }
        var plans: [String: DatasetPlan] = [:]
        var kinds: [String: FileTree.Kind] = ["": root.kind]
        for entry in tree.entries.dropFirst() {
            try ObjectNames.checkPath(entry.path, code: .refused)
            guard kinds[entry.path] == nil else {
                throw SparsifyError(.malformed, "Two objects have the name '/\(entry.path)'.")
            }
            // Flat formats list no groups.
            for parent in ancestors(of: entry.path) {
                guard case .group = kinds[parent, default: .group(.init())] else {
                    throw SparsifyError(
                        .malformed, "The object '/\(entry.path)' lies in '/\(parent)', which is no group.",
                        remedy: "Rename one of the two.")
                }
                if kinds[parent] == nil { kinds[parent] = .group(.init()) }
            }
            kinds[entry.path] = entry.kind
            switch entry.kind {
            case .tensor(let properties):
                guard let tensor = waiting.removeValue(forKey: entry.path) else {
                    throw SparsifyError(
                        .malformed, "The tensor '\(entry.path)' is announced, but there is no such tensor.")
                }
                plans[entry.path] = try DatasetPlan(entry, properties, tensor)
            case .alias(let target):
                try checkAlias(entry.path, target: target, isKnown: kinds[target] != nil)
            case .group, .data, .namedType: break
            }
        }
        if let left = tensors.first(where: { waiting[$0.name] != nil }) {
            throw SparsifyError(.malformed, "The tree of objects has no place for the tensor '\(left.name)'.")
        }
        return plans
    }

    /// The groups that contain `path`, innermost first, without the root.
    private static func ancestors(of path: String) -> [String] {
        var result: [String] = []
        var rest = path[...]
        while let slash = rest.lastIndex(of: "/") {
            rest = rest[..<slash]
            result.append(String(rest))
        }
        return result
    }

    private static func checkAlias(_ path: String, target: String, isKnown: Bool) throws {
        guard isKnown, target != path else {
            throw SparsifyError(.malformed, "'/\(path)' is another name for '/\(target)', which does not precede it.")
        }
        guard !target.isEmpty, !path.hasPrefix(target + "/") else {
            throw SparsifyError(.refused, "'/\(path)' would lead back to a group that contains it.")
        }
    }
}

import ModelIO
import Networks
import Tensors

@testable import KerasModels

func text(_ name: String, _ value: String) -> Attribute { StringAttribute.scalar(name, value) }

/// A list of names as h5py writes it; an empty one is an array of no doubles.
func names(_ name: String, _ values: [String]) -> Attribute {
    guard !values.isEmpty, let double = FloatLayout.ieee(size: 8) else {
        return Attribute(
            name: name,
            value: DataValue(type: .float(FloatLayout.ieee(size: 8)!), extent: .simple([0]), payload: .bytes([])))
    }
    _ = double
    return Attribute(
        name: name,
        value: DataValue(
            type: .variableString(padding: .nullTerminated, characterSet: .utf8), extent: .simple([values.count]),
            payload: .blocks(values.map { Array($0.utf8) })))
}

/// A list of names as old h5py writes it: fixed length, padded with zeros.
func fixedNames(_ name: String, _ values: [String]) -> Attribute {
    let size = max(1, values.map(\.utf8.count).max() ?? 0)
    return Attribute(
        name: name,
        value: DataValue(
            type: .fixedString(size: size, padding: .nullPadded, characterSet: .ascii), extent: .simple([values.count]),
            payload: .bytes(values.flatMap { Array($0.utf8) + Array(repeating: 0, count: size - $0.utf8.count) })))
}

struct Weight {
    var name: String
    var shape: [Int]
    var type = ElementType.float32

    init(_ name: String, _ shape: [Int], _ type: ElementType = .float32) {
        self.name = name
        self.shape = shape
        self.type = type
    }
}

/// A file with these tensors, the groups above them, and attributes by path.
func file(_ weights: [Weight], _ attributes: [String: [Attribute]] = [:], groups: [String] = []) throws -> (
    tree: FileTree, tensors: [TensorInfo]
) {
    var tree = FileTree(entries: [.init(path: "", kind: .group(.init()), attributes: attributes[""] ?? [])])
    var known: Set<String> = [""]
    func addGroups(_ path: String) {
        var built = ""
        for part in KerasPaths.components(path) {
            built = KerasPaths.join(built, part)
            if known.insert(built).inserted {
                tree.entries.append(.init(path: built, kind: .group(.init()), attributes: attributes[built] ?? []))
            }
        }
    }
    for group in groups { addGroups(group) }
    var tensors: [TensorInfo] = []
    for weight in weights {
        addGroups(KerasPaths.components(weight.name).dropLast().joined(separator: "/"))
        tree.entries.append(
            .init(path: weight.name, kind: .tensor(.init(type: .float(FloatLayout.ieee(size: 4)!)))))
        tensors.append(
            TensorInfo(name: weight.name, elementType: weight.type, shape: try Shape(weight.shape)))
    }
    return (tree, tensors)
}

extension KerasDocument {
    init(_ file: (tree: FileTree, tensors: [TensorInfo]), config: String? = nil) {
        self.init(tree: file.tree, tensors: file.tensors, config: config)
    }

    func role(_ tensor: String) -> TensorRole? { roles.first { $0.tensor == tensor } }
    var prunable: [String] { roles.filter(\.isPrunable).map(\.tensor) }
}

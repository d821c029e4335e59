internal import ModelIO
internal import Tensors

/// Safetensors files as a tree.
struct SafeTensorsTree {
    var tree: FileTree
    /// File by file, in the order of the data.
    var tensors: [TensorInfo] = []
    /// For each tensor: its file, and where in it the tensor begins.
    var places: [(file: Int, offset: Int)] = []

    /// - Parameter config: the configuration that lies beside the files.
    init(_ parts: SafeTensorsParts, path: String, config: String?) throws(SparsifyError) {
        var root = FileTree.Entry(path: "", kind: .group(.init()))
        root.attributes = SafeTensorsAttributes.attributes(metadata: parts.files.first?.header.metadata ?? [])
        if let config { root.attributes.append(Attribute(name: ConfigFile.name, text: config)) }
        if let index = parts.index {
            root.attributes.append(
                Attribute(name: SafeTensorsAttributes.index, text: String(decoding: index, as: UTF8.self)))
        }
        tree = FileTree(entries: [root])

        let entries = parts.files.flatMap(\.header.entries)
        let paths = try TensorPaths.paths(entries.map(\.name))
        var groups: Set<String> = []
        for (entry, path) in zip(entries, paths) { try add(entry, path, &groups) }
        for (number, file) in parts.files.enumerated() {
            let start = SafeTensorsHeader.lengthByteCount + file.text.count
            places += file.header.entries.map { (number, start + $0.range.lowerBound) }
        }
        try keepHeaders(parts, path: path)
    }

    private mutating func add(
        _ entry: SafeTensorsHeader.Entry, _ path: String, _ groups: inout Set<String>
    ) throws(SparsifyError) {
        for group in TensorPaths.ancestors(of: path) where groups.insert(group).inserted {
            tree.entries.append(.init(path: group, kind: .group(.init())))
        }
        let element = entry.type.element
        tree.entries.append(
            .init(
                path: path, kind: .tensor(.init(type: ValueType(storing: element))),
                attributes: SafeTensorsAttributes.attributes(of: entry, path: path)))
        let shape = try Shape(entry.type.isPacked ? [entry.range.count] : entry.dimensions)
        tensors.append(
            TensorInfo(name: path, elementType: element, shape: shape, storedBytes: entry.range.count))
    }

    /// Keeps the headers that would be written otherwise than they stand.
    private mutating func keepHeaders(_ parts: SafeTensorsParts, path: String) throws(SparsifyError) {
        let plan = try SafeTensorsPlan(path: path, tree: tree, tensors: tensors)
        for (file, planned) in zip(parts.files, plan.files) where file.text != planned.text {
            let name = SafeTensorsAttributes.header(parts.index == nil ? nil : file.name)
            tree.entries[0].attributes.append(Attribute(name: name, text: String(decoding: file.text, as: UTF8.self)))
        }
    }
}

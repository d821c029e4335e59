internal import ModelIO
internal import Tensors

/// Safetensors whose weights are compressed as sparse-bitmask, shown as what they were before.
final class SparseBitmaskReader: ModelReader {
    let tensors: [TensorInfo]
    let tree: FileTree
    let warnings: [String]
    private let base: SafeTensorsReader
    private let sources: [Source]

    private enum Source {
        case plain(Int)
        case compressed(SparseBitmask)
    }

    var path: String { base.path }
    var fileSize: Int { base.fileSize }
    var formatID: String { base.formatID }

    /// The parts of each compressed weight, by the beginning of their names; empty where there are none.
    static func groups(_ reader: SafeTensorsReader) -> [String: [Int]] {
        let numbers = Dictionary(uniqueKeysWithValues: reader.tensors.enumerated().map { ($1.name, $0) })
        var groups: [String: [Int]] = [:]
        for tensor in reader.tensors where tensor.name.hasSuffix(".bitmask") {
            let prefix = String(tensor.name.dropLast(".bitmask".count))
            let parts = SparseBitmask.parts.compactMap { numbers["\(prefix).\($0)"] }
            if parts.count == SparseBitmask.parts.count { groups[prefix] = parts }
        }
        return groups
    }

    /// - Throws: `malformed` where parts do not fit one another, `limit` where all weights are more bytes than the budget.
    init(_ base: SafeTensorsReader, _ groups: [String: [Int]], options: ReadOptions) throws {
        self.base = base
        var owners: [Int: String] = [:]
        for (prefix, parts) in groups { for part in parts { owners[part] = prefix } }
        var (tree, tensors, sources) = (base.tree, [TensorInfo](), [Source]())
        var weights: [String: TensorInfo] = [:]
        for (index, tensor) in base.tensors.enumerated() {
            guard let prefix = owners[index] else {
                tensors.append(tensor)
                sources.append(.plain(index))
                continue
            }
            guard weights[prefix] == nil else { continue }
            let name = SparseBitmask.name(prefix)
            do {
                let weight = try SparseBitmask(base, groups[prefix]!)
                let info = TensorInfo(name: name, elementType: weight.type, shape: weight.shape)
                weights[prefix] = info
                tensors.append(info)
                sources.append(.compressed(weight))
            } catch let error as SparsifyError { throw error.located(file: base.path, tensor: name) }
        }
        let names = Dictionary(uniqueKeysWithValues: base.tensors.enumerated().map { ($1.name, $0) })
        var shown: Set<String> = []
        tree.entries = base.tree.entries.compactMap { entry in
            guard let index = names[entry.path], let prefix = owners[index] else { return entry }
            guard let info = weights[prefix], shown.insert(prefix).inserted else { return nil }
            let mark: [Attribute] = info.elementType == .bfloat16 ? [.bfloat16Mark] : []
            return .init(
                path: info.name, kind: .tensor(.init(type: ValueType(storing: info.elementType))), attributes: mark)
        }
        // Both say how the weights are compressed, which they are no more.
        let configuration = tree.entries[0].attribute(ConfigFile.name)
        tree.entries[0].attributes.removeAll {
            $0.name == ConfigFile.name || $0.name.hasPrefix(SafeTensorsAttributes.prefix)
        }
        guard Set(tree.entries.map(\.path)).count == tree.entries.count else {
            throw SparsifyError(.malformed, "A weight is there twice, compressed and not.", file: base.path)
        }
        warnings =
            base.warnings + ["\(groups.count) weights are compressed as sparse-bitmask; they are shown decoded"]
            + (configuration == nil ? [] : ["\(ConfigFile.name) is not kept: it says that weights are compressed"])
        (self.tree, self.tensors, self.sources) = (tree, tensors, sources)
        do { try options.checkDeclared(tensors, fileSize: base.fileSize) } catch {
            throw error.located(file: base.path)
        }
    }

    func read(_ index: Int, _ range: Range<Int>, into destination: UnsafeMutableRawBufferPointer) throws {
        switch sources[index] {
        case .plain(let number): try base.read(number, range, into: destination)
        case .compressed(let weight):
            do { try weight.read(base, range, into: destination) } catch let error as SparsifyError {
                throw error.located(file: path, tensor: tensors[index].name)
            }
        }
    }
}

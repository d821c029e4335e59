internal import ModelIO
internal import Networks
internal import SparseCoding
internal import Tensors

/// A reader that shows another one's tensors under other names and with axes in another order. Of tensors whose elements change
/// places, a few are in memory.
final class RelaidReader: LayeredReader {
    let tree: FileTree
    let tensors: [TensorInfo]
    let base: any ModelReader
    private let relaid: [RelaidTensor]
    private let recent = RecentValues<RawBuffer>(count: 2)

    /// - Throws: `unsupported` where two tensors have one name, or one has the name of a group; `limit` where they are more than
    ///   the budget, as one that has many names may be.
    init(_ base: any ModelReader, _ model: RelaidModel, options: ReadOptions) throws {
        self.base = base
        relaid = model.tensors
        tensors = try model.tensors.map {
            TensorInfo(name: $0.name, elementType: $0.elementType, shape: try Shape($0.shape))
        }
        try options.checkDeclared(tensors, fileSize: base.fileSize)
        let carried = base.tree.carriedTypes
        let old = base.tree.entries.reduce(into: [:]) { $0[$1.path] = $1.attributes }
        var tree = FileTree()
        tree.entries[0].attributes = model.attributes[""] ?? []
        var kinds: [String: Bool] = [:]
        for (tensor, made) in zip(tensors, model.tensors) {
            for group in TensorPaths.ancestors(of: tensor.name) where kinds[group] != true {
                guard kinds.updateValue(true, forKey: group) == nil else { throw Self.taken(group, base) }
                tree.entries.append(
                    .init(path: group, kind: .group(.init()), attributes: model.attributes[group] ?? []))
            }
            guard kinds.updateValue(false, forKey: tensor.name) == nil else { throw Self.taken(tensor.name, base) }
            var attributes = tensor.elementType == .bfloat16 ? [Attribute.bfloat16Mark] : []
            if let type = made.parts.first.flatMap({ carried[base.tensors[$0.source].name] }) {
                attributes.append(Attribute(name: FileTree.carriedTypeAttribute, text: type))
            }
            // What is kept as it is keeps what is said of it: a name that makes no path, for one.
            if let part = made.parts.first, made.parts.count == 1, base.tensors[part.source].name == tensor.name {
                attributes = old[tensor.name] ?? attributes
            }
            tree.entries.append(
                .init(
                    path: tensor.name, kind: .tensor(.init(type: ValueType(storing: tensor.elementType))),
                    attributes: attributes))
        }
        self.tree = tree
    }

    private static func taken(_ name: String, _ base: any ModelReader) -> SparsifyError {
        SparsifyError(
            .unsupported, "Two tensors would have this name in the other layout.", file: base.path, tensor: name,
            remedy: "Rename the layers, or convert without --layout.")
    }

    func read(_ index: Int, _ range: Range<Int>, into destination: UnsafeMutableRawBufferPointer) throws {
        let made = relaid[index]
        if made.parts.count == 1, made.parts[0].view == nil {
            return try base.read(made.parts[0].source, range, into: destination)
        }
        guard !range.isEmpty else { return }
        let width = made.elementType.byteWidth
        let whole = try recent.value(index) { try make(made) }
        destination.copyBytes(
            from: whole.bytes[range.lowerBound * width..<range.upperBound * width])
    }

    private func make(_ made: RelaidTensor) throws -> RawBuffer {
        let width = made.elementType.byteWidth
        let count = made.shape.reduce(1, *)
        let whole = RawBuffer(byteCount: count * width)
        whole.bytes.initializeMemory(as: UInt8.self, repeating: 0)
        var start = 0
        for (number, part) in made.parts.enumerated() {
            let elements = base.tensors[part.source].elementCount
            let source = RawBuffer(byteCount: elements * width)
            try base.read(
                part.source, 0..<elements,
                into: UnsafeMutableRawBufferPointer(rebasing: source.bytes[..<(elements * width)]))
            let view = part.view ?? TensorView(base.tensors[part.source].shape)
            if made.joining == .sum, number > 0 {
                made.elementType.add(view, of: UnsafeRawBufferPointer(source.bytes), to: whole.bytes)
            } else {
                let room = UnsafeMutableRawBufferPointer(rebasing: whole.bytes[(start * width)...])
                Self.copy(view, UnsafeRawBufferPointer(source.bytes), to: room, width: width)
            }
            if made.joining == .behindOneAnother { start += view.elementCount }
        }
        return whole
    }

    private static func copy(
        _ view: TensorView, _ source: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer, width: Int
    ) {
        func move<Element: BitwiseCopyable>(_: Element.Type) {
            view.visit { place, position in
                target.storeBytes(
                    of: source.loadUnaligned(fromByteOffset: (view.addends[0] + position) * width, as: Element.self),
                    toByteOffset: place * width, as: Element.self)
            }
        }
        switch width {
        case 1: move(UInt8.self)
        case 2: move(UInt16.self)
        case 4: move(UInt32.self)
        default: move(UInt64.self)
        }
    }
}

extension ElementType {
    /// Types that biases are added in.
    var isSummable: Bool { self == .float32 || self == .float64 }

    /// Adds the elements of a view to numbers that lie one after another.
    fileprivate func add(_ view: TensorView, of source: UnsafeRawBufferPointer, to sums: UnsafeMutableRawBufferPointer)
    {
        func add<Number: BinaryFloatingPoint & BitwiseCopyable>(_: Number.Type) {
            let width = MemoryLayout<Number>.size
            view.visit { place, position in
                let sum =
                    sums.loadUnaligned(fromByteOffset: place * width, as: Number.self)
                    + source.loadUnaligned(fromByteOffset: (view.addends[0] + position) * width, as: Number.self)
                sums.storeBytes(of: sum, toByteOffset: place * width, as: Number.self)
            }
        }
        switch self {
        case .float32: add(Float.self)
        case .float64: add(Double.self)
        default: preconditionFailure("numbers of a type that is added in")
        }
    }
}

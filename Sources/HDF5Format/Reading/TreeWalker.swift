internal import CHDF5
internal import ModelIO
internal import Tensors

/// Walks a file once, from the root down, and notes all that it holds.
struct TreeWalker {
    private let file: SourceFile
    private let options: ReadOptions
    private let maximumObjects: Int
    private let access: DatasetAccess
    private var attributes: AttributeReader

    private(set) var entries: [FileTree.Entry] = []
    private(set) var tensors: [TensorInfo] = []
    /// Where each of `tensors` is stored.
    private(set) var stored: [StoredDataset] = []
    private var ownWarnings: [String] = []

    private var declaredBytes = 0
    private var dataCount = 0
    /// Paths of objects by identity; nil for those left out.
    private var seen: [UInt64: String?] = [:]
    /// Groups that the walk is inside of.
    private var ancestors: Set<UInt64> = []
    private var configurationNamesBFloat16 = false

    init(
        access: DatasetAccess, options: ReadOptions, maximumObjects: Int = ObjectNames.maximumObjects
    ) throws {
        self.maximumObjects = maximumObjects
        self.access = access
        self.options = options
        file = access.file
        attributes = try AttributeReader(file: file)
    }

    var warnings: [String] { ownWarnings + attributes.warnings }

    mutating func walk() throws {
        let root = try Handle("open the root group") { [id = file.handle.id] in
            H5Oopen(id, "/", hid_t(H5P_DEFAULT))
        }
        try visitGroup(root, path: "", identity: try info(of: root, path: "").identity, depth: 0)
    }

    private func info(of object: Handle, path: String) throws -> chdf5_object_info {
        var info = chdf5_object_info()
        try Library.call("examine '/\(path)'") { chdf5_get_object_info(object.id, &info) }
        return info
    }

    private mutating func append(_ entry: FileTree.Entry) throws {
        guard entries.count < maximumObjects else {
            throw SparsifyError(.limit, "The file holds more than \(maximumObjects) objects.")
        }
        entries.append(entry)
    }

    // MARK: Groups

    private mutating func visitGroup(_ group: Handle, path: String, identity: UInt64, depth: Int) throws {
        guard depth <= ObjectNames.maximumDepth else {
            throw SparsifyError(
                .limit, "The group '/\(path)' lies more than \(ObjectNames.maximumDepth) groups deep.",
                remedy: "No model is built like this; do not trust this file.")
        }
        try options.cancellation?.check()
        let creation = try Handle("read how '/\(path)' was made") { H5Gget_create_plist(group.id) }
        var order: UInt32 = 0
        try Library.call("read the link order of '/\(path)'") { H5Pget_link_creation_order(creation.id, &order) }
        let tracksLinks = order & UInt32(H5P_CRT_ORDER_TRACKED) != 0
        var entry = FileTree.Entry(path: path, kind: .group(.init(tracksLinkOrder: tracksLinks)))
        try readAttributes(of: group, creation: creation, into: &entry)
        if path.isEmpty { configurationNamesBFloat16 = entry.mentionsBFloat16(in: "model_config") }
        try append(entry)
        seen[identity] = .some(path)
        ancestors.insert(identity)
        defer { ancestors.remove(identity) }
        // Swift holds names for the same that Unicode does, however they are spelled; a model has each name once.
        var names: Set<String> = []
        for link in try NameList.links(of: group, path: path, byCreation: tracksLinks) {
            guard names.insert(link.name).inserted else {
                throw SparsifyError(
                    .refused, "Two objects in '/\(path)' have names that Unicode holds for the same: '\(link.name)'.",
                    remedy: "Rename one of the two.")
            }
            try visit(link, of: group, path: path, depth: depth)
        }
    }

    private mutating func readAttributes(
        of object: Handle, creation: Handle, into entry: inout FileTree.Entry
    ) throws {
        var order: UInt32 = 0
        try Library.call("read the attribute order of '/\(entry.path)'") {
            H5Pget_attr_creation_order(creation.id, &order)
        }
        entry.tracksAttributeOrder = order & UInt32(H5P_CRT_ORDER_TRACKED) != 0
        entry.attributes = try attributes.attributes(
            of: object, path: entry.path, ordered: entry.tracksAttributeOrder)
    }

    private mutating func visit(_ link: NameList.Item, of group: Handle, path: String, depth: Int) throws {
        try ObjectNames.check(link.name, in: path, code: .refused)
        let path = path.isEmpty ? link.name : "\(path)/\(link.name)"
        try requireHardLink(link, path: path)
        let object = try Handle("open '/\(path)'") { H5Oopen(group.id, link.name, hid_t(H5P_DEFAULT)) }
        let info = try info(of: object, path: path)
        if ancestors.contains(info.identity) {
            throw SparsifyError(
                .refused, "The link '/\(path)' leads back to a group that contains it.",
                remedy: "A walk through it would never end; remove the link.")
        }
        if let known = seen[info.identity] {
            if let target = known { try append(FileTree.Entry(path: path, kind: .alias(target: target))) }
            return
        }
        switch H5O_type_t(info.type) {
        case H5O_TYPE_GROUP:
            try visitGroup(object, path: path, identity: info.identity, depth: depth + 1)
        case H5O_TYPE_DATASET:
            seen[info.identity] = .some(nil)
            if try visitDataset(object, path: path) { seen[info.identity] = .some(path) }
        case H5O_TYPE_NAMED_DATATYPE:
            seen[info.identity] = .some(nil)
            if try visitType(object, path: path) { seen[info.identity] = .some(path) }
        default:
            throw SparsifyError(.unsupported, "The object '/\(path)' is of a kind that is not known here.")
        }
    }

    private func requireHardLink(_ link: NameList.Item, path: String) throws {
        let kind: String
        switch H5L_type_t(Int32(link.linkType)) {
        case H5L_TYPE_HARD: return
        case H5L_TYPE_SOFT: kind = "a soft link"
        case H5L_TYPE_EXTERNAL: kind = "an external link, which leads to another file"
        default: kind = "a user-defined link"
        }
        throw SparsifyError(
            .refused, "The object '/\(path)' is \(kind); only hard links are followed.",
            remedy: "Store the object itself in its place.")
    }

    // MARK: Committed types

    private mutating func visitType(_ object: Handle, path: String) throws -> Bool {
        switch try TypeReader.describe(object) {
        case .uncarried(let reason):
            leaveOut(path, reason)
            return false
        case .type(let type):
            let creation = try Handle("read how '/\(path)' was made") { H5Tget_create_plist(object.id) }
            var entry = FileTree.Entry(path: path, kind: .namedType(type))
            try readAttributes(of: object, creation: creation, into: &entry)
            try append(entry)
            return true
        }
    }

    private mutating func leaveOut(_ path: String, _ reason: String) {
        ownWarnings.append("The object '/\(path)' was left out: it holds \(reason).")
    }

    // MARK: Datasets

    private mutating func visitDataset(_ dataset: Handle, path: String) throws -> Bool {
        let inspector = try DatasetInspector(file: file, path: path, dataset: dataset)
        let findings: DatasetInspector.Findings
        do {
            switch try inspector.inspect() {
            case .uncarried(let reason):
                leaveOut(path, reason)
                return false
            case .found(let found): findings = found
            }
        } catch var error as SparsifyError {
            if !error.message.contains("'/\(path)'") { error.message = "In the dataset '/\(path)': \(error.message)" }
            throw error
        }
        try count(findings.declaredBytes, path: path)
        var entry = FileTree.Entry(path: path, kind: .tensor(findings.properties))
        try readAttributes(of: dataset, creation: inspector.creation, into: &entry)
        if findings.extent != .null, var element = findings.properties.type.element?.type {
            if element == .opaque16, configurationNamesBFloat16 || entry.mentionsBFloat16(in: "dtype") {
                element = .bfloat16
            }
            tensors.append(
                TensorInfo(
                    name: path, elementType: element, shape: try Shape(findings.stored.dimensions),
                    storedBytes: findings.storedBytes))
            stored.append(findings.stored)
        } else {
            entry.kind = .data(findings.properties, try value(findings, path: path))
        }
        try append(entry)
        return true
    }

    private mutating func count(_ bytes: Int, path: String) throws {
        declaredBytes = try Checked.add(declaredBytes, bytes, "sum of all datasets' bytes")
        let budget = options.declaredByteBudget(fileSize: file.size)
        guard declaredBytes <= budget else {
            throw SparsifyError(
                .limit,
                "Up to '/\(path)' (\(bytes) bytes), the datasets declare \(declaredBytes) bytes, more than the budget of "
                    + "\(budget) for a file of \(file.size).",
                remedy: "Raise the budget with --max-memory if the file is to be trusted.")
        }
    }

    private mutating func value(_ findings: DatasetInspector.Findings, path: String) throws -> DataValue {
        let what = "the dataset '/\(path)'"
        let type = findings.properties.type
        let count = findings.extent == .null ? 0 : findings.stored.elementCount
        try attributes.budget.take(count * findings.stored.elementSize, what)
        var bytes = [UInt8](repeating: 0, count: count * findings.stored.elementSize)
        // Tensors are told apart by their index, the rest by numbers below zero.
        dataCount += 1
        let key = -dataCount
        if count > 0 {
            try bytes.withUnsafeMutableBytes {
                try access.read(findings.stored, key: key, 0..<count, into: $0)
            }
        }
        return DataValue(
            type: type, extent: findings.extent, payload: try attributes.payload(of: type, bytes, what))
    }
}

extension FileTree.Entry {
    /// Whether the text of the attribute `name` contains "bfloat16".
    fileprivate func mentionsBFloat16(in name: String) -> Bool {
        attribute(name)?.value.strings?.contains { $0.contains("bfloat16") } ?? false
    }
}

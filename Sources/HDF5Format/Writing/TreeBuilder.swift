internal import CHDF5
internal import ModelIO
internal import Tensors

/// Lays out groups, datasets, types, links and attributes in a new file, in the order of the tree.
struct TreeBuilder {
    let file: OutputFile
    let plans: [String: DatasetPlan]
    let usesLatestFileVersion: Bool
    let options: WriteOptions
    /// The group that was last added to: siblings follow one another.
    private var parent: (path: String, group: Handle)?

    init(file: OutputFile, plans: [String: DatasetPlan], usesLatestFileVersion: Bool, options: WriteOptions) {
        self.file = file
        self.plans = plans
        self.usesLatestFileVersion = usesLatestFileVersion
        self.options = options
    }

    mutating func build(_ tree: FileTree) throws {
        for entry in tree.entries {
            try options.cancellation?.check()
            if let object = try create(entry) { try writeAttributes(of: entry, to: object) }
        }
    }

    /// The object of `entry`; nil for one more name of an object.
    private mutating func create(_ entry: FileTree.Entry) throws -> Handle? {
        if entry.path.isEmpty { return try openGroup("") }
        let group = try group(at: entry.parentPath)
        let links = try Handle.nameEncoding(for: entry.name, chdf5_link_creation)
        let name = entry.name
        switch entry.kind {
        case .group(let properties):
            let creation = try Handle.propertyList(chdf5_group_creation)
            try OutputFile.setUp(creation, for: entry)
            try OutputFile.setUpGroup(creation, properties)
            return try Handle("create the group '/\(entry.path)'") {
                H5Gcreate2(group.id, name, links.id, creation.id, hid_t(H5P_DEFAULT))
            }
        case .tensor:
            guard let plan = plans[entry.path] else { return nil }
            return try createDataset(entry, plan.properties, plan.extent, in: group, links)
        case .data(let properties, let value):
            return try createData(entry, properties, value, in: group, links)
        case .namedType(let type):
            let creation = try Handle.propertyList(chdf5_type_creation)
            try OutputFile.setUp(creation, for: entry)
            let made = try TypeMaker(type)
            try Library.call("create the type '/\(entry.path)'") {
                H5Tcommit2(group.id, name, made.handle.id, links.id, creation.id, hid_t(H5P_DEFAULT))
            }
            return made.handle
        case .alias(let target):
            try Library.call("link '/\(entry.path)' to '/\(target)'") {
                H5Lcreate_hard(file.id, "/" + target, group.id, name, links.id, hid_t(H5P_DEFAULT))
            }
            return nil
        }
    }

    private func writeAttributes(of entry: FileTree.Entry, to object: Handle) throws {
        for attribute in entry.attributes + (plans[entry.path]?.addedAttributes ?? []) {
            try ValueWriter.write(
                attribute, to: object, path: entry.path,
                isLarge: usesLatestFileVersion || entry.tracksAttributeOrder)
        }
    }

    // MARK: Groups

    private func openGroup(_ path: String) throws -> Handle {
        try Handle("open the group '/\(path)'") { [id = file.id] in H5Gopen2(id, "/" + path, hid_t(H5P_DEFAULT)) }
    }

    /// The group at `path`, made with those above it where the tree does not list them.
    private mutating func group(at path: String) throws -> Handle {
        if let parent, parent.path == path { return parent.group }
        let group = try existingGroup(at: path) ?? makeGroup(at: path)
        parent = (path, group)
        return group
    }

    private func existingGroup(at path: String) throws -> Handle? {
        var prefix = ""
        for component in path.split(separator: "/") {
            prefix += "/" + component
            let exists = try Library.call("look for '\(prefix)'") { H5Lexists(file.id, prefix, hid_t(H5P_DEFAULT)) }
            if exists == 0 { return nil }
        }
        return try openGroup(path)
    }

    private func makeGroup(at path: String) throws -> Handle {
        let links = try Handle.nameEncoding(for: path, chdf5_link_creation)
        try Library.call("make groups on the way") { H5Pset_create_intermediate_group(links.id, 1) }
        let creation = try Handle.propertyList(chdf5_group_creation)
        try OutputFile.setUp(creation, for: FileTree.Entry(path: path, kind: .group(.init())))
        return try Handle("create the group '/\(path)'") { [id = file.id] in
            H5Gcreate2(id, "/" + path, links.id, creation.id, hid_t(H5P_DEFAULT))
        }
    }

    // MARK: Datasets

    private func createDataset(
        _ entry: FileTree.Entry, _ properties: DatasetProperties, _ extent: DataValue.Extent, in group: Handle,
        _ links: Handle
    ) throws -> Handle {
        let type = try TypeMaker(properties.type)
        let space = try ValueWriter.space(extent, maximum: properties.maximumDimensions)
        let creation = try Handle.propertyList(chdf5_dataset_creation)
        try OutputFile.setUp(creation, for: entry)
        try setLayout(properties.layout, creation, path: entry.path)
        if let fill = properties.fillValue, !type.isVariableLength {
            guard fill.count == type.size else {
                throw SparsifyError(.malformed, "The fill value of '/\(entry.path)' does not have its type's size.")
            }
            try Library.call("set the fill value of '/\(entry.path)'") {
                H5Pset_fill_value(creation.id, type.handle.id, fill)
            }
        }
        return try Handle("create the dataset '/\(entry.path)'") {
            H5Dcreate2(
                group.id, entry.name, type.handle.id, space.id, links.id, creation.id, hid_t(H5P_DEFAULT))
        }
    }

    private func setLayout(_ layout: DatasetProperties.Layout, _ creation: Handle, path: String) throws {
        switch layout {
        case .contiguous: break
        case .compact:
            try Library.call("set the layout of '/\(path)'") { H5Pset_layout(creation.id, H5D_COMPACT) }
        case .chunked(let dimensions, let filters):
            guard (1...Int(H5S_MAX_RANK)).contains(dimensions.count), dimensions.allSatisfy({ $0 > 0 }) else {
                throw SparsifyError(.malformed, "The dataset '/\(path)' is declared with chunks \(dimensions).")
            }
            try Library.call("set the chunks of '/\(path)'") {
                H5Pset_chunk(creation.id, Int32(dimensions.count), dimensions.map { hsize_t($0) })
            }
            for filter in filters {
                try Library.call("set the filters of '/\(path)'") {
                    switch filter {
                    case .deflate(let level): H5Pset_deflate(creation.id, UInt32(min(max(level, 0), 9)))
                    case .shuffle: H5Pset_shuffle(creation.id)
                    case .fletcher32: H5Pset_fletcher32(creation.id)
                    }
                }
            }
        }
    }

    private func createData(
        _ entry: FileTree.Entry, _ properties: DatasetProperties, _ value: DataValue, in group: Handle, _ links: Handle
    ) throws -> Handle {
        var properties = properties
        properties.type = value.type
        if case .chunked(let chunk, _) = properties.layout {
            guard case .simple(let dimensions) = value.extent, dimensions.count == chunk.count else {
                throw SparsifyError(.malformed, "The chunks of '/\(entry.path)' do not fit its extent.")
            }
            if properties.maximumDimensions?.count != dimensions.count { properties.maximumDimensions = nil }
        } else {
            properties.maximumDimensions = nil
        }
        let dataset = try createDataset(entry, properties, value.extent, in: group, links)
        let type = try TypeMaker(value.type)
        try ValueWriter.write(value, type, "the dataset '/\(entry.path)'") {
            H5Dwrite(
                dataset.id, type.handle.id, chdf5_everything(), chdf5_everything(), hid_t(H5P_DEFAULT), $0)
        }
        return dataset
    }
}

internal import CHDF5
internal import ModelIO
internal import Tensors

/// An HDF5 file that is being written, under its temporary name.
final class OutputFile {
    let id: hid_t
    private var isOpen = true

    /// - Parameter root: tells what the root group remembers, which only the making of a file can say.
    init(path: String, root: FileTree.Entry, usesLatestFileVersion: Bool) throws {
        let creation = try Handle.propertyList(chdf5_file_creation)
        try Self.setUp(creation, for: root)
        if case .group(let properties) = root.kind { try Self.setUpGroup(creation, properties) }
        let access = try Handle.propertyList(chdf5_file_access)
        Library.quietly { chdf5_disable_file_locking(access.id) }
        if usesLatestFileVersion {
            try Library.call("set the file version") {
                H5Pset_libver_bounds(access.id, H5F_LIBVER_V18, H5F_LIBVER_V110)
            }
        }
        id = try Library.call("create the file") { H5Fcreate(path, chdf5_truncate(), creation.id, access.id) }
    }

    deinit {
        if isOpen { Library.quietly { H5Fclose(id) } }
    }

    /// Writes what libhdf5 still holds. Nothing of the file may be open.
    func close() throws {
        try Library.call("complete the file") { H5Fflush(id, H5F_SCOPE_GLOBAL) }
        isOpen = false
        try Library.call("close the file") { H5Fclose(id) }
    }

    /// What goes for objects of all kinds. No times, so that the same input gives the same bytes.
    static func setUp(_ creation: Handle, for entry: FileTree.Entry) throws {
        try Library.call("switch off times") { H5Pset_obj_track_times(creation.id, false) }
        guard entry.tracksAttributeOrder else { return }
        try Library.call("keep the order of attributes") {
            H5Pset_attr_creation_order(creation.id, UInt32(H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED))
        }
    }

    static func setUpGroup(_ creation: Handle, _ properties: FileTree.GroupProperties) throws {
        guard properties.tracksLinkOrder else { return }
        try Library.call("keep the order of links") {
            H5Pset_link_creation_order(creation.id, UInt32(H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED))
        }
    }
}

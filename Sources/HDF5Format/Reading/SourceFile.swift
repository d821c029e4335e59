internal import CHDF5
internal import ModelIO
internal import Tensors

/// An HDF5 file open for reading: through libhdf5, and as plain bytes for what needs no library.
final class SourceFile: Sendable {
    let path: String
    let handle: Handle
    let bytes: InputFile
    /// Where addresses in the file count from: the length of the user block.
    let baseAddress: Int
    /// Bytes that an address, and that a length, take in this file.
    let addressWidth: Int
    let lengthWidth: Int
    let superblockVersion: Int

    init(path: String) throws {
        self.path = path
        bytes = try InputFile(path: path)
        let access = try Handle.propertyList(chdf5_file_access)
        // Files in folders that cannot be written to are read as well.
        Library.quietly { chdf5_disable_file_locking(access.id) }
        handle = try Handle("open the file") { H5Fopen(path, chdf5_read_only(), access.id) }

        let creation = try Handle("read how the file was made") { [id = handle.id] in H5Fget_create_plist(id) }
        var userBlock: hsize_t = 0
        try Library.call("read the user block") { H5Pget_userblock(creation.id, &userBlock) }
        baseAddress = try Checked.int(UInt64(userBlock), "user block")
        var (addressWidth, lengthWidth) = (0, 0)
        try Library.call("read the widths of the file") { H5Pget_sizes(creation.id, &addressWidth, &lengthWidth) }
        guard [2, 4, 8].contains(addressWidth), [2, 4, 8].contains(lengthWidth) else {
            throw SparsifyError(
                .unsupported, "The file has addresses of \(addressWidth) bytes and lengths of \(lengthWidth).")
        }
        (self.addressWidth, self.lengthWidth) = (addressWidth, lengthWidth)
        var info = H5F_info2_t()
        try Library.call("read the superblock") { [id = handle.id] in H5Fget_info2(id, &info) }
        superblockVersion = Int(info.super.version)
    }

    var size: Int { bytes.size }

    /// Bytes of the descriptor that stands for a variable-length element: length, address, index.
    var descriptorSize: Int { 4 + addressWidth + 4 }

    /// Adds the file's name, and what to do where the library gave up.
    static func located(_ error: any Error, path: String, tensor: String? = nil) -> any Error {
        guard var error = error as? SparsifyError else { return error }
        if error.remedy == nil, error.message.contains("HDF5 could not") {
            error.remedy =
                "The file is damaged, or written by a newer HDF5 than the library in use here (\(Library.version))."
        }
        return error.located(file: path, tensor: tensor)
    }
}

import CHDF5
import Tensors

@testable import HDF5Format

/// An HDF5 file made by hand, for what the writer of the module would never write.
final class RawFile {
    let file: Handle

    init(_ path: String, userBlock: UInt64 = 0) throws {
        let creation = try Handle.propertyList(chdf5_file_creation)
        try Library.call("set a user block") { H5Pset_userblock(creation.id, hsize_t(userBlock)) }
        file = try Handle("create") { H5Fcreate(path, chdf5_truncate(), creation.id, hid_t(H5P_DEFAULT)) }
    }

    @discardableResult
    func group(_ path: String) throws -> Handle {
        let links = try Handle.propertyList(chdf5_link_creation)
        try Library.call("allow groups on the way") { H5Pset_create_intermediate_group(links.id, 1) }
        return try Handle("create a group") {
            H5Gcreate2(file.id, path, links.id, hid_t(H5P_DEFAULT), hid_t(H5P_DEFAULT))
        }
    }

    static func float32() throws -> Handle {
        try Handle("copy a type") {
            let type = H5Tcopy(chdf5_float64())
            H5Tset_fields(type, 31, 23, 8, 0, 23)
            H5Tset_size(type, 4)
            H5Tset_ebias(type, 127)
            return type
        }
    }

    /// A dataset of 32-bit floats, or of another type.
    @discardableResult
    func dataset(
        _ name: String, _ dimensions: [UInt64], type: Handle? = nil, values: [UInt8]? = nil,
        _ configure: (hid_t) -> herr_t = { _ in 0 }
    ) throws -> Handle {
        let type = try type ?? Self.float32()
        let extents = dimensions.map { hsize_t($0) }
        let space = try Handle("make a dataspace") {
            dimensions.isEmpty ? H5Screate(H5S_SCALAR) : H5Screate_simple(Int32(extents.count), extents, nil)
        }
        let creation = try Handle.propertyList(chdf5_dataset_creation)
        try Library.call("configure") { configure(creation.id) }
        let dataset = try Handle("create a dataset") {
            H5Dcreate2(
                file.id, name, type.id, space.id, hid_t(H5P_DEFAULT), creation.id, hid_t(H5P_DEFAULT))
        }
        if let values {
            try Library.call("write") {
                H5Dwrite(
                    dataset.id, type.id, chdf5_everything(), chdf5_everything(), hid_t(H5P_DEFAULT), values)
            }
        }
        return dataset
    }

    static func chunked(_ dimensions: UInt64...) -> (hid_t) -> herr_t {
        { H5Pset_chunk($0, Int32(dimensions.count), dimensions.map { hsize_t($0) }) }
    }
}

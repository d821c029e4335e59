internal import CHDF5
internal import Tensors

/// Owns an identifier of libhdf5 and gives it back.
final class Handle: Sendable {
    let id: hid_t

    /// - Parameter action: completes "HDF5 could not …".
    init(_ action: @autoclosure () -> String, _ open: () -> hid_t) throws(SparsifyError) {
        id = try Library.call(action(), open)
    }

    deinit {
        Library.quietly { H5Idec_ref(id) }
    }
}

/// The property lists that this module makes.
extension Handle {
    static func propertyList(_ propertyClass: () -> hid_t) throws(SparsifyError) -> Handle {
        try Handle("make a property list") { H5Pcreate(propertyClass()) }
    }

    /// For links and attributes whose names are not ASCII: libhdf5 marks names as ASCII unless told.
    static func nameEncoding(for name: String, _ propertyClass: () -> hid_t) throws(SparsifyError) -> Handle {
        let list = try propertyList(propertyClass)
        if !name.utf8.allSatisfy({ $0 < 0x80 }) {
            try Library.call("set the character set of a name") { H5Pset_char_encoding(list.id, H5T_CSET_UTF8) }
        }
        return list
    }
}

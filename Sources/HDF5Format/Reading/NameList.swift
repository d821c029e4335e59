internal import CHDF5
internal import Tensors

/// Collects what libhdf5 lists, in its order.
final class NameList {
    struct Item {
        var name: String
        /// An `H5L_type_t`; 0 for attributes.
        var linkType: Int
    }

    private(set) var items: [Item] = []
    private var problem: SparsifyError?

    private func add(_ name: UnsafePointer<CChar>?, _ linkType: Int32) -> Int32 {
        guard items.count < ObjectNames.maximumObjects else {
            problem = SparsifyError(.limit, "A group lists more than \(ObjectNames.maximumObjects) names.")
            return -1
        }
        guard let name, let text = String(validatingCString: name) else {
            problem = SparsifyError(.unsupported, "A name is not valid UTF-8.", remedy: "Rename the object.")
            return -1
        }
        items.append(Item(name: text, linkType: Int(linkType)))
        return 0
    }

    private typealias Lister = (hid_t, Int32, chdf5_visitor?, UnsafeMutableRawPointer?) -> herr_t

    private static func collect(
        _ action: String, _ object: Handle, byCreation: Bool, _ lister: Lister
    ) throws(SparsifyError) -> [Item] {
        let list = NameList()
        do {
            try Library.call(action) {
                lister(
                    object.id, byCreation ? 1 : 0,
                    { name, type, context in
                        guard let context else { return -1 }
                        return Unmanaged<NameList>.fromOpaque(context).takeUnretainedValue().add(name, type)
                    }, Unmanaged.passUnretained(list).toOpaque())
            }
        } catch {
            throw list.problem ?? error
        }
        return list.items
    }

    /// The links of a group.
    static func links(of group: Handle, path: String, byCreation: Bool) throws(SparsifyError) -> [Item] {
        try collect("list the group '/\(path)'", group, byCreation: byCreation, chdf5_links)
    }

    /// The attributes of an object.
    static func attributes(of object: Handle, path: String, byCreation: Bool) throws(SparsifyError) -> [Item] {
        try collect("list the attributes of '/\(path)'", object, byCreation: byCreation, chdf5_attributes)
    }
}

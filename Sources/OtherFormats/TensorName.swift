internal import ModelIO
internal import Tensors

/// The name that a tensor has in a flat file, kept beside its path where it makes none.
enum TensorName {
    /// On a tensor: its name, as JSON.
    static let attribute = "safetensors.name"

    /// The attribute that a tensor needs at a path; nil where the path is the name.
    static func attribute(_ name: String, path: String) -> Attribute? {
        guard !name.utf8.elementsEqual(path.utf8) else { return nil }
        return Attribute(name: attribute, text: String(decoding: name.quotedJSON, as: UTF8.self))
    }

    /// The name of a tensor of a tree; nil where that is its path.
    ///
    /// - Throws: `malformed` where the attribute is no text in JSON.
    static func decoded(_ entry: FileTree.Entry) throws(SparsifyError) -> String? {
        guard let text = entry.attribute(attribute)?.text else { return nil }
        var cursor = try JSONCursor(Array(text.utf8))
        let name = try cursor.string("attribute '\(attribute)'")
        try cursor.finish()
        return name
    }
}

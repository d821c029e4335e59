internal import Tensors

/// What names objects may have, in files that are read and in files that are written.
enum ObjectNames {
    static let maximumDepth = 64
    static let maximumObjects = 1_000_000

    /// - Throws: where `name` is no plain component of a path.
    static func check(_ name: String, in path: String, code: SparsifyError.Code) throws(SparsifyError) {
        let fault: String
        switch name {
        case "": fault = "an empty name"
        case ".", "..": fault = "the name '\(name)', which stands for a folder"
        case _ where name.utf8.contains(0): fault = "a name with a NUL character"
        case _ where name.utf8.contains(0x2f): fault = "the name '\(name)', which contains '/'"
        default: return
        }
        throw SparsifyError(
            code, "An object in '/\(path)' has \(fault).", remedy: "Only plain names are accepted; rename the object.")
    }

    /// Checks a path as the tree spells it: components joined by `/`, none leading.
    static func checkPath(_ path: String, code: SparsifyError.Code) throws(SparsifyError) {
        let components = path.split(separator: "/", omittingEmptySubsequences: false)
        for component in components { try check(String(component), in: path, code: code) }
        // A dataset may lie in the deepest group.
        guard components.count <= maximumDepth + 1 else {
            throw SparsifyError(.limit, "The object '/\(path)' lies more than \(maximumDepth) groups deep.")
        }
    }

    /// Whether `name` is one of the attributes by which Keras lists layers and weights, or a part of one
    /// (`layer_names0`, …).
    static func isList(_ name: String) -> Bool {
        ["weight_names", "layer_names"].contains { stem in
            name.hasPrefix(stem) && name.dropFirst(stem.count).allSatisfy { $0.isASCII && $0.isNumber }
        }
    }

    /// - Throws: `refused` where a listed name would lead out of its group.
    static func checkListed(
        _ listed: String, attribute: String, of path: String
    ) throws(SparsifyError) {
        let climbs = listed.split(separator: "/").contains { $0 == ".." || $0 == "." }
        guard climbs || listed.hasPrefix("/") else { return }
        throw SparsifyError(
            .refused,
            "The attribute '\(attribute)' of '/\(path)' lists '\(listed)', which leads out of its group.",
            remedy: "No tool writes such names; do not trust this file.")
    }
}

/// Model files of other kinds, told by their first bytes, so that a refusal can name them.
enum ForeignFile {
    /// What a file is that begins with `head`, as a phrase; nil where it is nothing known.
    static func name(_ head: [UInt8]) -> String? {
        if head.starts(with: [0x50, 0x4b, 0x03, 0x04]) {
            return "a zip archive that is none of a model"
        }
        if head.first == UInt8(ascii: "{") {
            return contains(head, "weight_map") ? "the JSON index of a sharded model" : "a JSON file"
        }
        return nil
    }

    private static func contains(_ head: [UInt8], _ text: String) -> Bool {
        head.firstRange(of: Array(text.utf8)) != nil
    }
}

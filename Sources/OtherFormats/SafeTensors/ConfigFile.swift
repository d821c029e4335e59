internal import ModelIO
internal import Tensors

/// The configuration that Hugging Face's libraries keep in the folder of a model. It goes with the weights where they
/// have the names that those libraries give them; beside any other file it may belong to something else.
enum ConfigFile {
    static let name = "config.json"
    private static let weightNames = ["model.safetensors", "model.safetensors.index.json"]
    private static let maximumByteCount = 1 << 20

    /// Whether a folder's configuration belongs to the file at this path.
    static func belongs(to path: String) -> Bool {
        weightNames.contains { path == $0 || path.hasSuffix("/\($0)") }
    }

    /// The text beside the weights at `path`; nil where there is none. What is there and not taken, `warning` tells.
    static func read(beside path: String, followsLinks: Bool) -> (text: String?, warning: String?) {
        guard belongs(to: path), let file = try? InputFile(path: SiblingFile.path(name, beside: path)) else {
            return (nil, nil)
        }
        do throws(SparsifyError) {
            let file = try SiblingFile.open(name, beside: path, followsLinks: followsLinks)
            guard file.size <= maximumByteCount else {
                throw SparsifyError(.limit, "It has \(file.size) bytes, more than \(maximumByteCount).")
            }
            let bytes = try file.bytes(at: 0, count: file.size)
            guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
                throw SparsifyError(.malformed, "It is no text in UTF-8.")
            }
            return (text, nil)
        } catch {
            return (nil, "\(file.path) was left out: \(error.message)")
        }
    }

    /// The text that a tree carries; nil where it is Keras's.
    static func text(_ tree: FileTree) -> String? { isOfKeras(tree) ? nil : tree.entries.first?.attribute(name)?.text }

    /// Whether the text is that of a `.keras` archive, which has another beside it: Hugging Face's libraries would take it
    /// for theirs.
    private static func isOfKeras(_ tree: FileTree) -> Bool {
        guard let root = tree.entries.first else { return false }
        return root.attribute(name) != nil && root.attribute("metadata.json") != nil
    }

    /// Why the text that a tree carries would not come to stand beside the weights at `path`; nil where it would.
    static func obstacle(_ tree: FileTree, path: String) -> String? {
        guard !isOfKeras(tree) else {
            return "\(name) is not written: it is Keras's, and beside safetensors it would be taken for Hugging Face's"
        }
        guard text(tree) != nil else { return nil }
        guard belongs(to: path) else {
            return
                "\(name) is not written: it goes with weights that are called \(weightNames.joined(separator: " or "))"
        }
        let target = SiblingFile.path(name, beside: path)
        guard let file = try? InputFile(path: target) else { return nil }
        let bytes = try? file.bytes(at: 0, count: min(file.size, maximumByteCount + 1))
        return bytes == text(tree).map { Array($0.utf8) } ? nil : "\(target) is there already and stays as it is"
    }

    /// The file to be written beside the weights at `path`, complete but for its name; nil where none is to be.
    static func make(_ tree: FileTree, path: String) throws(SparsifyError) -> AtomicFile? {
        guard let text = text(tree), belongs(to: path),
            (try? InputFile(path: SiblingFile.path(name, beside: path))) == nil
        else { return nil }
        let file = try AtomicFile(path: SiblingFile.path(name, beside: path), overwrite: false)
        try file.write(Array(text.utf8))
        return file
    }
}

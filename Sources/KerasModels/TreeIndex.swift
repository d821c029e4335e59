internal import ModelIO

/// A tree with its entries by path.
struct TreeIndex {
    let tree: FileTree
    private let positions: [String: Int]

    init(_ tree: FileTree) {
        self.tree = tree
        positions = Dictionary(tree.entries.enumerated().map { ($1.path, $0) }, uniquingKeysWith: { first, _ in first })
    }

    subscript(_ path: String) -> FileTree.Entry? { positions[path].map { tree.entries[$0] } }
}

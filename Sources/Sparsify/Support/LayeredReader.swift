internal import ModelIO

/// A reader that shows another one's file otherwise: what it does not say itself is the other's.
protocol LayeredReader: ModelReader {
    var base: any ModelReader { get }
}

extension LayeredReader {
    var path: String { base.path }
    var formatID: String { base.formatID }
    var fileSize: Int { base.fileSize }
    var tensors: [TensorInfo] { base.tensors }
    var tree: FileTree { base.tree }
    var warnings: [String] { base.warnings }
}

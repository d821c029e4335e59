public import Tensors

/// A file format that models are kept in. The catalog lists them; nothing else chooses by format.
public protocol ModelFormat: Sendable {
    /// Short stable identifier: `hdf5`, `spm`.
    var id: String { get }
    /// A line for people.
    var summary: String { get }
    /// File name endings, without the dot, that mean this format when writing.
    var extensions: [String] { get }
    /// Whether files of this format are written, and not only read.
    var isWritten: Bool { get }
    /// Whether `WriteOptions.storesSparse` means something here.
    var hasSparseTensors: Bool { get }
    /// Whether a file whose first bytes (up to 4,096) are `head` is of this format.
    func recognizes(head: [UInt8], path: String) -> Bool
    func makeReader(path: String, options: ReadOptions) throws -> any ModelReader
    /// A writer for a file with this tree; `tensors` in the order in which they will be appended, each the target
    /// of one `.tensor` entry of `tree`.
    func makeWriter(path: String, tree: FileTree, tensors: [TensorInfo], options: WriteOptions) throws
        -> any ModelWriter
    /// What of a model a file of this format at `path` would not hold, a sentence each.
    func losses(path: String, tree: FileTree, tensors: [TensorInfo]) -> [String]
}

extension ModelFormat {
    public var isWritten: Bool { true }
    public var hasSparseTensors: Bool { false }

    public func losses(path: String, tree: FileTree, tensors: [TensorInfo]) -> [String] { [] }
}

public struct ReadOptions: Sendable {
    /// The most bytes that a file's tensors may declare; nil is `max(1 GiB, 16 × file size)`.
    public var maximumDeclaredBytes: Int?
    public var threads: Int
    public var cancellation: CancellationFlag?
    /// Whether files beside the one that was named may be symbolic links.
    public var followsLinks: Bool
    /// Called with the path of a file before a library reads it that damage could crash; throws where it would.
    public var probe: (@Sendable (String) throws -> Void)?

    public init(
        maximumDeclaredBytes: Int? = nil, threads: Int = Parallel.defaultThreads,
        cancellation: CancellationFlag? = nil, followsLinks: Bool = false,
        probe: (@Sendable (String) throws -> Void)? = nil
    ) {
        self.maximumDeclaredBytes = maximumDeclaredBytes
        self.threads = threads
        self.cancellation = cancellation
        self.followsLinks = followsLinks
        self.probe = probe
    }

    /// The budget for a file of `fileSize` bytes.
    public func declaredByteBudget(fileSize: Int) -> Int {
        if let maximumDeclaredBytes { return maximumDeclaredBytes }
        let (scaled, overflow) = fileSize.multipliedReportingOverflow(by: 16)
        return max(1 << 30, overflow ? .max : scaled)
    }

    /// - Throws: `limit` where tensors declare more bytes than a file of `fileSize` bytes may, `malformed` where they are more
    ///   than an `Int` counts.
    public func checkDeclared(_ tensors: [TensorInfo], fileSize: Int) throws(SparsifyError) {
        let budget = declaredByteBudget(fileSize: fileSize)
        var total = 0
        for tensor in tensors {
            let what = "size of the tensors"
            let size = try Checked.multiply(tensor.elementCount, tensor.elementType.byteWidth, what)
            total = try Checked.add(total, size, what)
            guard total <= budget else {
                throw SparsifyError(
                    .limit, "The tensors up to this one declare \(total) bytes, more than the budget of \(budget).",
                    tensor: tensor.name, remedy: "Raise the budget if you trust the file.")
            }
        }
    }
}

public struct WriteOptions: Sendable {
    /// Whether a file that exists under the target's name may be replaced.
    public var overwrite: Bool
    /// Whether a format that can hold tensors dense and sparse stores them sparse where that is smaller.
    public var storesSparse: Bool
    public var threads: Int
    public var cancellation: CancellationFlag?

    public init(
        overwrite: Bool = false, storesSparse: Bool = false, threads: Int = Parallel.defaultThreads,
        cancellation: CancellationFlag? = nil
    ) {
        self.overwrite = overwrite
        self.storesSparse = storesSparse
        self.threads = threads
        self.cancellation = cancellation
    }
}

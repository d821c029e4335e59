internal import ModelIO
public import Tensors

/// What every job takes: threads, limits, and means to watch and stop it.
public struct JobOptions: Sendable {
    /// Threads that work at once. Results do not depend on it.
    public var threads: Int
    /// The most bytes that a file's tensors may declare; nil: a budget that goes by the size of the file.
    public var maximumDeclaredBytes: Int?
    public var cancellation: CancellationFlag?
    public var progress: WorkProgress?
    /// Whether shards of a model may be symbolic links.
    public var followsLinks: Bool
    /// A copy of this program that walks a file in a process of its own before it is opened in this one, since damaged
    /// metadata can crash the HDF5 library; nil: files are opened at once.
    public var probeExecutable: String?

    /// For opening a file.
    var reading: ReadOptions {
        let probe = probeExecutable.map { executable in
            { @Sendable [self] (path: String) throws in try ProbeProcess(executable: executable).check(path, self) }
        }
        return ReadOptions(
            maximumDeclaredBytes: maximumDeclaredBytes, threads: threads, cancellation: cancellation,
            followsLinks: followsLinks, probe: probe)
    }

    /// For reading back what was just written here: it needs no probe and no budget.
    var forOwnOutput: JobOptions {
        var copy = self
        copy.probeExecutable = nil
        copy.maximumDeclaredBytes = .max
        return copy
    }

    public init(
        threads: Int = Parallel.defaultThreads, maximumDeclaredBytes: Int? = nil,
        cancellation: CancellationFlag? = nil, progress: WorkProgress? = nil, followsLinks: Bool = false,
        probeExecutable: String? = nil
    ) {
        self.threads = threads
        self.maximumDeclaredBytes = maximumDeclaredBytes
        self.cancellation = cancellation
        self.progress = progress
        self.followsLinks = followsLinks
        self.probeExecutable = probeExecutable
    }
}

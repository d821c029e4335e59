internal import ArgumentParser
internal import ModelIO
internal import Reports
internal import Sparsify
internal import Tensors

/// Flags that every command takes.
struct WorkOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Threads that work at once; results do not depend on it.", valueName: "n"))
    var threads: Int?

    @Option(
        help: ArgumentHelp(
            "The most bytes that a file's tensors may declare (512M, 20G). Default: the greater of 1 GiB and 16 times the file.",
            valueName: "size"))
    var maxMemory: ByteSize?

    @Flag(help: "Read the shards of a model also where they are symbolic links.")
    var followLinks = false

    @Flag(name: .shortAndLong, help: "No progress bar, and no report unless one is asked for.")
    var quiet = false

    func validate() throws {
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads is a number from 1 to 1024.")
        }
    }

    /// Runs a job, with a progress bar where there is a terminal to show it.
    func run<Output>(_ job: (JobOptions) throws -> Output) throws -> Output {
        let bar = ProgressBar(isQuiet: quiet)
        defer { bar?.stop() }
        return try job(options(progress: bar?.progress))
    }

    func options(progress: WorkProgress? = nil) -> JobOptions {
        JobOptions(
            threads: threads ?? Parallel.defaultThreads, maximumDeclaredBytes: maxMemory?.bytes, progress: progress,
            followsLinks: followLinks, probeExecutable: Executable.path)
    }
}

/// A number of bytes as people write it.
struct ByteSize: ExpressibleByArgument {
    var bytes: Int

    init?(argument: String) {
        var digits = argument.uppercased()
        if digits.hasSuffix("B") { digits.removeLast() }
        if digits.hasSuffix("I") { digits.removeLast() }
        var shift = 0
        if let unit = ["K", "M", "G", "T"].firstIndex(where: { digits.hasSuffix($0) }) {
            shift = 10 * (unit + 1)
            digits.removeLast()
        }
        guard let value = Int(digits), value > 0, value <= Int.max >> shift else { return nil }
        bytes = value << shift
    }
}

/// In what form a report is printed.
struct ReportOptions: ParsableArguments {
    @Flag(help: "Print the report as JSON; formats/report.md documents its keys.")
    var json = false

    @Flag(help: "Print the report as Markdown tables.")
    var markdown = false

    @Flag(help: "Print the tensors as comma-separated values.")
    var csv = false

    @OptionGroup var page: PageOptions

    @Option(
        name: .customLong("html-mask"),
        help: ArgumentHelp(
            "Draw in the page of --html where the weights of these tensors are; repeatable. (default: the six largest)",
            valueName: "pattern"))
    var masks: [String] = []

    func validate() throws {
        if !masks.isEmpty, page.html == nil {
            throw ValidationError("--html-mask chooses pictures of a page; add --html FILE.")
        }
        if [json, markdown, csv].filter(\.self).count > 1 {
            throw ValidationError("Choose one of --json, --markdown and --csv.")
        }
    }

    private func pictures(_ file: String, _ options: JobOptions) throws -> [MaskPicture] {
        var job = MaskPicturesJob(input: file)
        job.patterns = masks
        job.options = options
        return try job.run()
    }

    private var chosen: String? { json ? "json" : markdown ? "markdown" : csv ? "csv" : nil }

    /// - Parameter isWritten: whether the file of the report is there, so that it has masks to be drawn.
    func show(
        _ report: ModelReport, isQuiet: Bool = false, isWritten: Bool = true, work: WorkOptions
    ) throws {
        if page.html != nil {
            let pictures = isWritten ? try pictures(report.file, work.options()) : []
            try page.write(HTMLRenderer(pictures: pictures).render(report))
        }
        guard chosen != nil || !isQuiet else { return }
        Terminal.write(Catalog.renderer(chosen ?? "text").render(report))
    }
}

/// A report as a page of its own.
struct PageOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Also write the report as a page that needs no other file; one that is there already is replaced.",
            valueName: "file"), completion: .file(extensions: ["html"]))
    var html: String?

    func write(_ text: @autoclosure () -> String) throws {
        guard let html else { return }
        var text = text()
        let file = try AtomicFile(path: html, overwrite: true)
        try text.withUTF8 { bytes in try file.write(UnsafeRawBufferPointer(bytes)) }
        try file.commit()
    }
}

/// Where this program lies.
enum Executable {
    static var path: String? {
        #if os(Linux)
            // The very file that runs, whatever its name and whatever has become of it meanwhile.
            "/proc/self/exe"
        #else
            CommandLine.arguments.first.flatMap { $0.contains("/") ? $0 : nil }
        #endif
    }
}

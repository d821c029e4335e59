internal import ArgumentParser
internal import Sparsify

/// Flags that say which data a job uses.
struct DataOptions: ParsableArguments {
    @Option(
        name: .customLong("data"),
        help: ArgumentHelp(
            "Examples: an .npz or HDF5 file with x (or the inputs' names) and, where there are labels, y; or one .npy.",
            valueName: "file"), completion: .file())
    var file: String?

    @Option(
        name: .customLong("data-x"),
        help: ArgumentHelp(
            "An array for an input of the network: x.npy, x.npz:name, x.h5:/path; repeatable.",
            valueName: "[name=]file"))
    var inputs: [String] = []

    @Option(
        name: .customLong("data-y"),
        help: ArgumentHelp("Labels: class numbers, or an array like the output.", valueName: "file"))
    var labels: String?

    @Option(
        help: ArgumentHelp(
            "How many examples are used, chosen by --data-seed; 'all' for all of them. (default: "
                + "\(DataRequest.standardSamples); all where the criterion looks at the loss)", valueName: "n"))
    var samples: SampleCount?

    @Option(help: ArgumentHelp("Seed of the shuffle that chooses the examples.", valueName: "n"))
    var dataSeed: UInt64 = 0

    @Option(help: ArgumentHelp("Examples that are computed at once.", valueName: "n"))
    var batch = 32

    @Option(help: ArgumentHelp("Multiply inputs by this, a number or a fraction: 1/255.", valueName: "a"))
    var scale = Fraction(value: 1)

    @Option(help: ArgumentHelp("Then add this to them, a number or a fraction.", valueName: "b"))
    var offset = Fraction(value: 0)

    func validate() throws {
        guard batch >= 1 else { throw ValidationError("--batch is a positive number.") }
        guard scale.value != 0 else { throw ValidationError("--scale 0 would leave nothing of the inputs.") }
        if file == nil, inputs.isEmpty, labels != nil {
            throw ValidationError("--data-y gives labels of no examples; add --data or --data-x.")
        }
    }

    /// Nil where no data is given.
    var request: DataRequest? {
        guard file != nil || !inputs.isEmpty else { return nil }
        var request = DataRequest(file: file)
        request.inputs = inputs.map { NamedFile($0) }.map { ($0.name, $0.file) }
        request.labels = labels
        if let samples {
            request.samples = samples.number
            request.samplesAreStandard = false
        }
        request.seed = dataSeed
        request.batch = batch
        request.scale = scale.value
        request.offset = offset.value
        return request
    }
}

/// A number of samples, or all.
struct SampleCount: ExpressibleByArgument {
    /// Nil: all.
    var number: Int?

    init(number: Int?) { self.number = number }

    init?(argument: String) {
        if argument == "all" { return }
        guard let value = Int(argument), value > 0 else { return nil }
        number = value
    }

    var defaultValueDescription: String { number.map(String.init) ?? "all" }
}

/// A number as people write it: 0.5, -1, 1/255.
struct Fraction: ExpressibleByArgument {
    var value: Double

    init(value: Double) { self.value = value }

    init?(argument: String) {
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false).map { Double($0) }
        guard parts.count <= 2, let numerator = parts[0] else { return nil }
        guard let denominator = parts.count == 2 ? parts[1] : 1, denominator != 0 else { return nil }
        let value = numerator / denominator
        guard value.isFinite else { return nil }
        self.value = value
    }

    var defaultValueDescription: String { value == value.rounded() ? "\(Int(value))" : "\(value)" }
}

/// `name=file`; a file's name may have an equals sign itself, behind a slash.
struct NamedFile {
    var name: String?
    var file: String

    init(_ text: String) {
        guard let mark = text.firstIndex(of: "="), !text[..<mark].contains("/") else {
            file = text
            return
        }
        name = String(text[..<mark])
        file = String(text[text.index(after: mark)...])
    }
}

internal import Inference
internal import Networks
internal import Tensors

/// Finds the arrays that a request for data means, checks that they fit the network, and reads the examples.
struct DataLoader {
    let request: DataRequest
    let network: Network
    let model: String
    let options: JobOptions

    func load() throws -> CalibrationData {
        if let samples = request.samples, samples < 1 {
            throw SparsifyError(.usage, "The number of samples is \(samples); at least one is needed.")
        }
        guard request.batch > 0 else { throw SparsifyError(.usage, "The batch is \(request.batch); it is positive.") }
        guard request.scale.isFinite, request.offset.isFinite, request.scale != 0 else {
            throw SparsifyError(.usage, "The inputs cannot be scaled by \(request.scale) and \(request.offset).")
        }
        let (inputs, labels) = try readers()
        let available = try commonCount(inputs + (labels.map { [$0] } ?? []))
        let isAll = request.samples.map { $0 >= available } ?? true
        var generator = SplitMix64(seed: request.seed)
        let rows = isAll ? Array(0..<available) : generator.sample(request.samples ?? available, of: available)
        var notes: [String] = []
        options.progress?.begin("reading data", total: inputs.count)
        let tensors = try zip(network.inputs, inputs).map { value, reader in
            try options.cancellation?.check()
            let wanted = network.program[value].extents ?? []
            let fitted = try SampleShape.fit(reader.extents, to: wanted, file: reader.name)
            if let note = fitted.note { notes.append("\(reader.name): \(note)") }
            defer { options.progress?.add(1) }
            return try SampleArray(
                shape: [rows.count] + fitted.extents,
                store: reader.floats(rows, scale: request.scale, offset: request.offset))
        }
        return CalibrationData(
            inputs: tensors, labels: try labels.map { try answers($0, rows) }, labelSource: labels?.name ?? "",
            rows: rows, available: available, seed: isAll ? nil : request.seed, batch: request.batch, notes: notes)
    }

    private func readers() throws -> (inputs: [SampleReader], labels: SampleReader?) {
        let names = network.inputNames
        var files = InputFiles(names: names, model: model)
        try files.add(request.inputs, options)
        var labels = request.labels.map(ArrayFile.init)
        if let file = request.file {
            let whole = ArrayFile(file)
            if let members = try whole.names(options) {
                func member(_ name: String) -> ArrayFile? {
                    members.contains(name) ? ArrayFile(path: whole.path, member: name) : nil
                }
                for name in names {
                    let found = names.count == 1 ? member("x") ?? member(name) : member(name)
                    if let found { files.fill(name, found) }
                }
                labels = labels ?? member("y")
                if names.count == 1, files.files.isEmpty {
                    throw SparsifyError(
                        .usage,
                        "There is no array 'x' (or '\(names[0])'): there are \(members.joined(separator: ", ")).",
                        file: file,
                        remedy: "Say which are the inputs and labels: --data-x FILE:NAME --data-y FILE:NAME.")
                }
            } else if names.count == 1 {
                files.fill(names[0], whole)
            } else {
                throw SparsifyError(
                    .usage, "The network has \(names.count) inputs, and this is one array.", file: file,
                    remedy: "Give them with --data-x NAME=FILE: \(names.joined(separator: ", ")).")
            }
        }
        return (
            try files.inOrder(option: "--data-x").map { try SampleReader($0, options) },
            try labels.map { try SampleReader($0, options) }
        )
    }

    private func commonCount(_ readers: [SampleReader]) throws -> Int {
        guard let first = readers.first else {
            throw SparsifyError(.unsupported, "The network has no inputs that data could be given to.", file: model)
        }
        let count = try first.count()
        for reader in readers.dropFirst() {
            let other = try reader.count()
            guard other == count else {
                throw SparsifyError(
                    .usage, "It has \(other) examples, but \(first.name) has \(count).", file: reader.name)
            }
        }
        return count
    }

    private func answers(_ reader: SampleReader, _ rows: [Int]) throws -> Tensor<Double> {
        let labels = try Tensor(shape: [rows.count] + reader.extents, values: reader.doubles(rows))
        let extents = network.outputs.first.flatMap { network.program[$0].extents }
        let known = extents?.compactMap(\.self)
        // Where the network leaves the shape of its output open, running it will tell.
        guard let extents, let known, known.count == extents.count else { return labels }
        let output = [rows.count] + known
        guard let rule = LabelRule(labels: labels.shape, output: output, ending: network.ending) else {
            throw SparsifyError(
                .usage, "The labels have the shape \(labels.shape), which does not fit an output of \(output).",
                file: reader.name)
        }
        try rule.check(labels.values, reader.name, rows: rows)
        return labels
    }
}

/// Whether examples of a shape can be given to an input, as they are or seen differently.
enum SampleShape {
    /// - Returns: the shape to give them, and what was done to them.
    /// - Throws: `usage` where they do not fit.
    static func fit(_ given: [Int], to wanted: Extents, file: String) throws -> (extents: [Int], note: String?) {
        func fits(_ extents: [Int]) -> Bool {
            extents.count == wanted.count && zip(extents, wanted).allSatisfy { $1 == nil || $0 == $1 }
        }
        if fits(given) { return (given, nil) }
        if wanted.last == .some(1), fits(given + [1]) {
            return (given + [1], "a last axis of one channel was added to the examples of shape \(given)")
        }
        let count = given.reduce(1, *)
        if wanted.count == 1, fits([count]) {
            return ([count], "the examples of shape \(given) were laid out flat, as \([count])")
        }
        let text = wanted.map { $0.map(String.init) ?? "any" }.joined(separator: ", ")
        throw SparsifyError(
            .usage, "Its examples have the shape \(given), and the network's input takes (\(text)).", file: file)
    }
}

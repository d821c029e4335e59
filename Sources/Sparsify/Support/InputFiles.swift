internal import Tensors

/// Files for the inputs of a network, as the command line gives them: for the input that is named, or where none is, for
/// the next in order; a file of several arrays for the inputs that they are named after.
struct InputFiles {
    /// Names of the network's inputs, in order.
    let names: [String]
    /// The model's file, for messages.
    let model: String
    private(set) var files: [String: ArrayFile] = [:]

    init(names: [String], model: String) {
        self.names = names
        self.model = model
    }

    /// - Throws: `usage` where there is no such input, or one is given twice, or there are too many.
    mutating func add(_ inputs: [(name: String?, file: String)], _ options: JobOptions) throws {
        var unnamed: [ArrayFile] = []
        for input in inputs {
            let file = ArrayFile(input.file)
            if let name = input.name {
                try put(name, file)
            } else if names.count > 1, let members = try file.names(options) {
                for member in members { try put(member, ArrayFile(path: file.path, member: member)) }
            } else {
                unnamed.append(file)
            }
        }
        for file in unnamed {
            guard let name = names.first(where: { files[$0] == nil }) else {
                throw SparsifyError(.usage, "The network has \(names.count) inputs, and more are given.", file: model)
            }
            try put(name, file)
        }
    }

    private mutating func put(_ name: String, _ file: ArrayFile) throws {
        guard names.contains(name) else {
            throw SparsifyError(
                .usage, "The network has no input '\(name)'.", file: model,
                remedy: "Its inputs are \(names.joined(separator: ", ")).")
        }
        guard files.updateValue(file, forKey: name) == nil else {
            throw SparsifyError(.usage, "Input '\(name)' is given twice.", file: model)
        }
    }

    /// Gives an input that has no file yet this one.
    mutating func fill(_ name: String, _ file: ArrayFile) {
        if files[name] == nil { files[name] = file }
    }

    /// A file for each input, in order.
    ///
    /// - Parameter option: that of the command line which gives one.
    /// - Throws: `usage` where one is missing.
    func inOrder(option: String) throws -> [ArrayFile] {
        try names.map { name in
            guard let file = files[name] else {
                throw SparsifyError(
                    .usage, "The network's input '\(name)' is missing.", file: model,
                    remedy: "Give it with \(option) \(name)=FILE.")
            }
            return file
        }
    }
}

internal import Inference
internal import ModelIO
internal import Networks
internal import Pruning
internal import Tensors
internal import Training

/// Which elements of a model's tensors the parameters of its network are, and the way from one to the other.
struct TrainedWeights {
    let model: WorkingModel
    let table: ParameterTable
    private let tensors: [Bound]

    private struct Bound {
        /// The file's own number.
        var index: Int
        /// That among the prunable tensors, where it is one.
        var ordinal: Int?
        var count: Int
        var links: [ParameterLink]
        /// Which elements are parameters; nil: all.
        var isUsed: [Bool]?
    }

    /// - Throws: `unsupported` where a parameter that is trained is no tensor of the file, or one tensor is several.
    init(_ model: WorkingModel, _ table: ParameterTable) throws {
        self.model = model
        self.table = table
        let ordinals = Dictionary(uniqueKeysWithValues: model.tensors.indices.map { (model.place($0), $0) })
        var isStored = [Bool](repeating: false, count: table.count)
        tensors = try model.model.analysis.roles.indices.compactMap { index in
            let info = model.reader.tensors[index]
            let bindings = model.model.analysis.roles[index].bindings.filter {
                table[$0.parameter]?.isTrainable ?? false
            }
            guard !bindings.isEmpty else { return nil }
            do {
                let links = try bindings.map {
                    try ParameterLink(table[$0.parameter]!.range, 0..<info.elementCount, $0.view)
                }
                for link in links {
                    isStored.replaceSubrange(link.parameter, with: repeatElement(true, count: link.parameter.count))
                }
                let bound = Bound(
                    index: index, ordinal: ordinals[index], count: info.elementCount, links: links,
                    isUsed: try Self.used(links, info.elementCount, table.count))
                return bound
            } catch let error as SparsifyError { throw error.located(tensor: info.name) }
        }
        for entry in table.entries where entry.isTrainable && !isStored[entry.range].allSatisfy(\.self) {
            throw SparsifyError(
                .unsupported,
                "'\(entry.role)' of layer '\(entry.reference.layer)' is no tensor of the file, so that it cannot be trained."
            )
        }
    }

    /// Which elements of a tensor are parameters; nil: all.
    private static func used(_ links: [ParameterLink], _ count: Int, _ parameters: Int) throws -> [Bool]? {
        var uses = [Float](repeating: 0, count: count)
        let ones = [Float](repeating: 1, count: parameters)
        for link in links { link.add(ones, to: &uses) }
        guard uses.allSatisfy({ $0 <= 1 }) else {
            throw SparsifyError(
                .unsupported, "It is several parameters of the network at once, which cannot be trained apart.")
        }
        return uses.allSatisfy { $0 == 1 } ? nil : uses.map { $0 == 1 }
    }

    /// θ as the model has it.
    func parameters() throws -> [Float] {
        let source = model.parameters
        var parameters = [Float](repeating: 0, count: table.count)
        try parameters.withUnsafeMutableBufferPointer { all in
            for entry in table.entries {
                try source.check(entry.reference, count: entry.range.count)
                try source.read(entry.reference, into: UnsafeMutableBufferPointer(rebasing: all[entry.range]))
            }
        }
        guard parameters.allSatisfy(\.isFinite) else {
            throw SparsifyError(.numerical, "Some weights are infinite or no numbers: they cannot be trained.")
        }
        return parameters
    }

    /// Positions in the table of the parameters that prunable tensors hold.
    var prunableEntries: [Int] {
        let ranges = Set(tensors.filter { $0.ordinal != nil }.flatMap { $0.links.map(\.parameter) })
        return table.entries.indices.filter { ranges.contains(table.entries[$0].range) }
    }

    /// One number for each element of each prunable tensor, from one for each of θ.
    func byTensor(_ vector: [Float]) -> [[Float]] {
        var result = model.tensors.map { [Float](repeating: 0, count: $0.elementCount) }
        for tensor in tensors {
            guard let ordinal = tensor.ordinal else { continue }
            for link in tensor.links { link.add(vector, to: &result[ordinal]) }
        }
        return result
    }

    /// Puts θ into the model's tensors.
    ///
    /// - Parameter kept: for each prunable tensor, which elements are kept; nil: all.
    func store(_ parameters: [Float], kept: [[Bool]]?, onlyPrunable: Bool = false) throws {
        for tensor in tensors where !onlyPrunable || tensor.ordinal != nil {
            var values = [Float](repeating: 0, count: tensor.count)
            for link in tensor.links { link.add(parameters, to: &values) }
            if let isUsed = tensor.isUsed {
                let old = try model.values(at: tensor.index)
                for index in values.indices where !isUsed[index] { values[index] = old[index] }
            }
            try model.set(at: tensor.index, values, kept: tensor.ordinal.flatMap { kept?[$0] })
        }
    }

    /// Which of θ is kept where these elements of the prunable tensors are.
    func mask(_ kept: [[Bool]]) -> [Bool] {
        var marks = [Float](repeating: 1, count: table.count)
        for tensor in tensors {
            guard let ordinal = tensor.ordinal else { continue }
            let weights = kept[ordinal].map { Float($0 ? 1 : 0) }
            for link in tensor.links { link.write(weights, into: &marks) }
        }
        return marks.map { $0 == 1 }
    }
}

internal import KerasModels
internal import ModelIO
internal import Networks
internal import Tensors

/// Weights of PyTorch's modules, told by their names, as a weights file of Keras 2 has them: a group for each layer, which
/// `load_weights(…, by_name=True)` looks for by its name, the module's.
struct KerasWeightsLayout {
    /// A weight of a Keras layer.
    private struct Weight {
        var name: String
        var shape: [Int]
        var parts: [RelaidTensor.Part]
        var joining = RelaidTensor.Joining.behindOneAnother
    }

    private struct Source {
        var index: Int
        var info: TensorInfo
        /// Whether the graph multiplies with it as it is, (inputs, outputs).
        var isInputsFirst: Bool
        var view: TensorView { TensorView(info.shape) }
        var part: RelaidTensor.Part { .init(source: index) }
    }

    private var result = RelaidModel()
    private var layers: [String] = []
    private var groups: [String: [Weight]] = [:]

    static func relaying(_ model: OpenModel) -> RelaidModel {
        var layout = KerasWeightsLayout()
        return layout.relaid(model)
    }

    private mutating func relaid(_ model: OpenModel) -> RelaidModel {
        var modules: [String: [String: Source]] = [:]
        var order: [String] = []
        var (hasImages, hasMatrices) = (false, false)
        for (name, source) in Self.sources(model) {
            let parts = name.split(separator: ".", omittingEmptySubsequences: false)
            let module = parts.dropLast().joined(separator: ".")
            if modules[module] == nil { order.append(module) }
            modules[module, default: [:]][String(parts.last ?? "")] = source
        }
        for module in order {
            var leaves = modules[module] ?? [:]
            // Extents beside a zero may be any numbers.
            let isFull = leaves.values.allSatisfy { $0.info.elementCount > 0 }
            if !module.isEmpty, isFull { take(module, &leaves) }
            for (leaf, source) in leaves.sorted(by: { $0.value.index < $1.value.index })
            where leaf != "num_batches_tracked" {
                keep(source, named: module.isEmpty ? leaf : "\(module).\(leaf)")
            }
        }
        for (layer, weights) in groups {
            hasImages = hasImages || weights.contains { $0.name == "kernel" && $0.shape.count >= 4 }
            hasMatrices = hasMatrices || weights.contains { $0.name == "kernel" && $0.shape.count == 2 }
            result.attributes[layer] = LegacyWeightLists.weights(weights.map { "\(layer)/\($0.name):0" })
        }
        result.attributes[""] = LegacyWeightLists.layers(layers)
        if hasImages && hasMatrices {
            result.notes.append(
                "a Dense layer that follows a flattened image keeps the order of its inputs: channels first. In Keras, "
                    + "Permute((3, 1, 2)) before Flatten gives it what it expects")
        }
        return result
    }

    /// Every name of a tensor: where two are tied, each becomes a weight of its own.
    private static func sources(_ model: OpenModel) -> [(name: String, source: Source)] {
        let reader = model.reader
        let places = Dictionary(uniqueKeysWithValues: reader.tensors.enumerated().map { ($1.name, $0) })
        let network = model.analysis.document.network
        return reader.tree.entries.compactMap { entry in
            let index: Int?
            switch entry.kind {
            case .tensor: index = places[entry.path]
            case .alias(let target): index = places[target]
            default: index = nil
            }
            guard let index else { return nil }
            let binding = model.analysis.roles[index].bindings.first
            let layer = binding.flatMap { network?.layer(at: $0.parameter.layer) }
            let isProduct = layer.map { ["Gemm", "MatMul"].contains($0.className) } ?? false
            let info = reader.tensors[index]
            let isInputsFirst = isProduct && (binding?.view.map { $0.isWhole(info.elementCount) } ?? true)
            return (entry.path, Source(index: index, info: info, isInputsFirst: isInputsFirst))
        }
    }

    private mutating func keep(_ source: Source, named name: String) {
        result.unknown.append(name)
        result.tensors.append(
            RelaidTensor(
                name: source.info.name, shape: source.info.shape.dimensions, elementType: source.info.elementType,
                parts: [source.part]))
    }

    private mutating func add(_ layer: String, _ weights: [Weight], _ type: ElementType) {
        let layer = layer.replacing("/", with: ".")
        layers.append(layer)
        groups[layer] = weights
        result.tensors += weights.map { weight in
            RelaidTensor(
                name: "\(layer)/\(layer)/\(weight.name):0", shape: weight.shape, elementType: type, parts: weight.parts,
                joining: weight.joining)
        }
    }

    /// Takes those of a module's tensors that make a layer.
    private mutating func take(_ module: String, _ leaves: inout [String: Source]) {
        if leaves.keys.contains(where: { $0.hasPrefix("weight_hh_l") }) { return takeRecurrent(module, &leaves) }
        guard let weight = leaves["weight"], let kind = Self.kind(module, leaves, weight) else { return }
        let rank = weight.info.shape.rank
        func plain(_ name: String, _ leaf: String) -> Weight? {
            leaves[leaf].map { Weight(name: name, shape: $0.info.shape.dimensions, parts: [$0.part]) }
        }
        var weights: [Weight?]
        switch kind {
        case .normalisation:
            weights = [plain("gamma", "weight"), plain("beta", "bias")]
            weights += [plain("moving_mean", "running_mean"), plain("moving_variance", "running_var")]
        case .embedding: weights = [plain("embeddings", "weight")]
        case .product:
            let order = Array(2..<rank) + [1, 0]
            let view = weight.isInputsFirst ? weight.view : weight.view.transposed(order)
            weights = [
                Weight(name: "kernel", shape: view.dimensions, parts: [.init(source: weight.index, view: view)]),
                plain("bias", "bias"),
            ]
        }
        add(module, weights.compactMap(\.self), weight.info.elementType)
        for leaf in ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"] { leaves[leaf] = nil }
    }

    private enum Kind { case normalisation, embedding, product }

    /// Nil where the shapes are no known module's.
    private static func kind(_ module: String, _ leaves: [String: Source], _ weight: Source) -> Kind? {
        let type = weight.info.elementType
        let rank = weight.info.shape.rank
        let others = ["bias", "running_mean", "running_var"].compactMap { leaves[$0] }
        guard others.allSatisfy({ $0.info.shape.rank == 1 && $0.info.elementType == type }) else { return nil }
        switch rank {
        case 1: return .normalisation
        case 2 where leaves["bias"] == nil && isEmbedding(module): return .embedding
        case 2...5 where leaves["running_mean"] == nil: return .product
        default: return nil
        }
    }

    /// A table has the shape of a matrix: the name alone tells.
    private static func isEmbedding(_ module: String) -> Bool {
        let name = module.lowercased().split(separator: ".").last ?? ""
        return name.contains("emb") || ["wte", "wpe", "lookup", "tok", "pos"].contains(name)
    }

    /// LSTM, GRU and RNN, told by how many gates there are; a layer of each level, one for both directions.
    private mutating func takeRecurrent(_ module: String, _ leaves: inout [String: Source]) {
        var level = 0
        while leaves["weight_hh_l\(level)"] != nil {
            let layer = level == 0 ? module : "\(module)_l\(level)"
            let isDouble = leaves["weight_hh_l\(level)_reverse"] != nil
            let suffixes = isDouble ? ["_l\(level)", "_l\(level)_reverse"] : ["_l\(level)"]
            let directions = suffixes.compactMap { Self.recurrent($0, leaves) }
            guard directions.count == suffixes.count, let type = leaves["weight_hh_l\(level)"]?.info.elementType else {
                return
            }
            let weights = zip(directions, ["forward", "backward"]).flatMap { weights, direction in
                weights.map { weight in
                    var weight = weight
                    if isDouble { weight.name = "\(direction)/\(weight.name)" }
                    return weight
                }
            }
            add(layer, weights, type)
            for suffix in suffixes {
                for stem in ["weight_ih", "weight_hh", "bias_ih", "bias_hh"] { leaves[stem + suffix] = nil }
            }
            level += 1
        }
    }

    private static func recurrent(_ suffix: String, _ leaves: [String: Source]) -> [Weight]? {
        guard let input = leaves["weight_ih\(suffix)"], let hidden = leaves["weight_hh\(suffix)"],
            leaves["weight_hr\(suffix)"] == nil, input.info.shape.rank == 2, hidden.info.shape.rank == 2
        else { return nil }
        let rows = hidden.info.shape.dimensions[0]
        let units = hidden.info.shape.dimensions[1]
        let biases = ["bias_ih", "bias_hh"].compactMap { leaves[$0 + suffix] }
        let all = [input, hidden] + biases
        guard units > 0, rows % units == 0, [1, 3, 4].contains(rows / units), biases.isEmpty || biases.count == 2,
            input.info.shape.dimensions[0] == rows, biases.allSatisfy({ $0.info.shape.dimensions == [rows] }),
            all.allSatisfy({ $0.info.elementType == input.info.elementType }),
            rows / units == 3 || biases.isEmpty || input.info.elementType.isSummable
        else { return nil }
        // r, z, n there and z, r, h here.
        let gates =
            rows / units == 3
            ? Array(units..<2 * units) + Array(0..<units) + Array(2 * units..<rows) : Array(0..<rows)
        func turned(_ source: Source) -> TensorView { source.view.selecting(gates, axis: 0) }
        var weights = zip(["kernel", "recurrent_kernel"], [input, hidden]).map { name, source in
            let view = turned(source).transposed([1, 0])
            return Weight(name: name, shape: view.dimensions, parts: [.init(source: source.index, view: view)])
        }
        if !biases.isEmpty {
            let parts = biases.map { RelaidTensor.Part(source: $0.index, view: turned($0)) }
            weights.append(
                rows / units == 3
                    ? Weight(name: "bias", shape: [2, rows], parts: parts)
                    : Weight(name: "bias", shape: [rows], parts: parts, joining: .sum))
        }
        return weights
    }
}

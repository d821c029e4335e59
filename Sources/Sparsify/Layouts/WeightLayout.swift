internal import ModelIO
internal import Networks
internal import Tensors

/// A convention of names and axes for the weights of layers.
///
/// Keras's kernel of a dense layer is (inputs, outputs), PyTorch's weight (outputs, inputs); of a convolution (rows,
/// columns, inputs, outputs) and (outputs, inputs, rows, columns).
public enum WeightLayout: String, Sendable, CaseIterable {
    case keras
    case pytorch
}

/// A tensor under another convention, and the tensors of a file that it is made of.
struct RelaidTensor {
    struct Part {
        /// Index of the tensor in the file.
        var source: Int
        /// Nil: its elements as they are.
        var view: TensorView?
    }

    enum Joining {
        /// The parts' elements one after another.
        case behindOneAnother
        /// Their sum, in the type of the elements.
        case sum
    }

    var name: String
    var shape: [Int]
    var elementType: ElementType
    /// None: zeros.
    var parts: [Part]
    var joining = Joining.behindOneAnother
}

/// A whole model under another convention.
struct RelaidModel {
    var tensors: [RelaidTensor] = []
    /// Attributes of the root of its tree, and of groups by path.
    var attributes: [String: [Attribute]] = [:]
    /// Names of tensors that the convention has no counterpart for; they are kept as they are.
    var unknown: [String] = []
    /// What was done, or could not be, a sentence each.
    var notes: [String] = []
}

extension OpenModel {
    /// The model's weights under another convention. Optimizer state, the configuration and the graph are left out: they say
    /// nothing of what comes out.
    ///
    /// - Throws: `unsupported` where weights of a layer have no counterpart and `isStrict`, none is known at all, or two
    ///   tensors have one name.
    func laidOut(_ layout: WeightLayout, isStrict: Bool, options: JobOptions) throws -> OpenModel {
        let model = try prepared(keepingOptimizer: false)
        let document = model.analysis.document
        var relaid =
            switch layout {
            case .pytorch: PyTorchLayout.relaying(model)
            case .keras: KerasWeightsLayout.relaying(model)
            }
        guard relaid.tensors.count > relaid.unknown.count else {
            throw SparsifyError(
                .unsupported, "No tensor of the file is known as a layer's that \(layout.title) has, too.",
                file: reader.path, remedy: layout.remedy)
        }
        if document.network != nil {
            relaid.notes.append("what the file says of the network was left out: it does not describe these weights")
        }
        if !relaid.unknown.isEmpty {
            let names = relaid.unknown.prefix(5).map { "'\(printable($0))'" }.joined(separator: ", ")
            let more = relaid.unknown.count > 5 ? " and \(relaid.unknown.count - 5) more" : ""
            let message = "\(layout.title) has no counterpart for \(names)\(more)"
            guard !isStrict else {
                throw SparsifyError(
                    .unsupported, "\(message).", file: reader.path,
                    remedy: "Without --strict they are kept as they are.")
            }
            relaid.notes.append("\(message): kept as they are")
        }
        return model.taking(try RelaidReader(model.reader, relaid, options: options.reading), notes: relaid.notes)
    }
}

extension WeightLayout {
    fileprivate var remedy: String {
        self == .keras
            ? "Names such as 'fc.weight' tell the modules of PyTorch; without --layout all is kept as it is."
            : "The configuration in a whole model of Keras tells its layers; without --layout all is kept as it is."
    }

    var title: String { self == .keras ? "Keras" : "PyTorch" }
}

public import Inference
internal import KerasModels
internal import ModelIO
public import Networks
public import Pruning
internal import SparseModels
internal import Synchronization
internal import Tensors

/// A model whose weights are being changed in memory, over the file that they come from: what criteria that look at data
/// work on. The network, and the writer, see the changes.
///
/// Tensors are numbered as the planner numbers the prunable ones.
public final class WorkingModel: Sendable {
    public let network: Network
    /// The prunable tensors.
    public let tensors: [PrunableTensor]
    let model: OpenModel
    private let places: [Int]
    private let changes = Mutex<[Int: TensorChange]>([:])

    /// - Throws: `unsupported` where the file carries no network.
    init(_ model: OpenModel, _ planned: PlannedModel) throws {
        network = try model.network()
        self.model = model
        tensors = planned.tensors
        places = planned.indices
    }

    /// The parameter of the network that a tensor holds; nil where it holds none.
    public func parameter(_ tensor: Int) -> ParameterReference? { model.analysis.roles[places[tensor]].parameter }

    /// The parameters of the network that hold a tensor's elements.
    func bindings(_ tensor: Int) -> [TensorBinding] { model.analysis.roles[places[tensor]].bindings }

    /// Extents of a tensor, outermost first.
    public func extents(_ tensor: Int) -> [Int] { model.reader.tensors[places[tensor]].shape.dimensions }

    /// The values as they are now, row-major.
    public func values(_ tensor: Int) throws -> [Float] { try values(at: places[tensor]) }

    /// Sets values, rounded to the tensor's type.
    ///
    /// - Parameter kept: which elements are kept; the others become zero, whatever their value. Nil: all.
    /// - Throws: `numerical` where a value is, or becomes in the tensor's type, infinite or not a number, and was not so.
    public func set(_ tensor: Int, _ values: [Float], kept: [Bool]?) throws {
        try set(at: places[tensor], values, kept: kept)
    }

    /// The values of the network's parameters as they are now. A runner keeps what it has read: make a new one after a
    /// change.
    public var parameters: any ParameterSource { ModelParameters(shown, model.analysis.document) }

    /// The file as the changes leave it.
    var shown: any ModelReader { WorkingReader(self) }

    // MARK: By the file's own numbers

    var reader: any ModelReader { model.reader }

    /// The file's own number of a prunable tensor.
    func place(_ tensor: Int) -> Int { places[tensor] }

    func change(at index: Int) -> TensorChange? { changes.withLock { $0[index] } }

    private func type(at index: Int) -> ElementType {
        // The configuration may tell what two bytes mean that the file itself leaves open.
        model.analysis.roles[index].isBFloat16 ? .bfloat16 : reader.tensors[index].elementType
    }

    func values(at index: Int) throws -> [Float] {
        if let change = change(at: index) { return change.values }
        return try TensorArray(reader, index, as: type(at: index), maximumBytes: .max).floats()
    }

    func set(at index: Int, _ values: [Float], kept: [Bool]?) throws {
        let stored = try TensorArray(reader, index, as: type(at: index), maximumBytes: .max).floats()
        precondition(values.count == stored.count && (kept?.count ?? values.count) == values.count, "as many elements")
        let change = TensorChange(stored: stored, values: values, kept: kept, type: type(at: index))
        if let bad = change.values.indices.first(where: { !change.values[$0].isFinite && stored[$0].isFinite }) {
            throw SparsifyError(
                .numerical, "Element \(bad) would become \(change.values[bad]), from \(stored[bad]).",
                file: reader.path,
                tensor: reader.tensors[index].name, remedy: "A greater --damping keeps weights smaller.")
        }
        changes.withLock { $0[index] = change }
    }
}

/// What became of one tensor.
struct TensorChange: Sendable {
    /// All elements, as the tensor's type holds them.
    let values: [Float]
    /// Which of them differ from what the file has, or are to become zero.
    let isChanged: [Bool]
    let type: ElementType

    init(stored: [Float], values: [Float], kept: [Bool]?, type: ElementType) {
        self.type = type
        var rounded = values
        var isChanged = [Bool](repeating: false, count: values.count)
        for index in values.indices {
            if let kept, !kept[index] {
                rounded[index] = 0
                isChanged[index] = true
            } else {
                rounded[index] = Self.round(values[index], type)
                isChanged[index] = rounded[index].bitPattern != stored[index].bitPattern
            }
        }
        self.values = rounded
        self.isChanged = isChanged
    }

    private static func round(_ value: Float, _ type: ElementType) -> Float {
        switch type {
        case .float16: FloatingPointBits.float(fromHalf: FloatingPointBits.half(value))
        case .bfloat16: FloatingPointBits.float(fromBFloat16: FloatingPointBits.bfloat16(value))
        default: value
        }
    }

    /// Puts changed elements of `range` into bytes that hold the file's.
    func apply(_ range: Range<Int>, to bytes: UnsafeMutableRawBufferPointer) {
        for index in range where isChanged[index] {
            let place = index - range.lowerBound
            let value = values[index]
            switch type {
            case .float16: bytes.storeBytes(of: FloatingPointBits.half(value), toByteOffset: 2 * place, as: UInt16.self)
            case .bfloat16:
                bytes.storeBytes(of: FloatingPointBits.bfloat16(value), toByteOffset: 2 * place, as: UInt16.self)
            case .float64: bytes.storeBytes(of: Double(value), toByteOffset: 8 * place, as: Double.self)
            default: bytes.storeBytes(of: value, toByteOffset: 4 * place, as: Float.self)
            }
        }
    }
}

extension WorkingModel {
    /// Which elements of a tensor a plan for them keeps.
    func kept(_ tensor: Int, by plan: PruningPlan) throws -> [Bool] {
        let info = tensors[tensor]
        let buffer = RawBuffer(byteCount: info.elementCount * info.elementType.byteWidth)
        let bytes = UnsafeMutableRawBufferPointer(
            rebasing: buffer.bytes[..<(info.elementCount * info.elementType.byteWidth)])
        try read(tensor, 0..<info.elementCount, into: bytes)
        return plan.kept(UnsafeRawBufferPointer(bytes), tensor: tensor, info: info)
    }

    /// Copies elements of a tensor as they are now, little-endian.
    func read(_ tensor: Int, _ range: Range<Int>, into destination: UnsafeMutableRawBufferPointer) throws {
        try shown.read(place(tensor), range, into: destination)
    }
}

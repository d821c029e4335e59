public import Inference
public import ModelIO
public import Networks
internal import Tensors

/// The parameters of a network, read from the tensors of a model file.
public struct ModelParameters: ParameterSource {
    let reader: any ModelReader
    private let places: [ParameterReference: Place]
    /// Tensors that are named as a parameter is, but are none of the network's, since they do not have its shape.
    private let misfits: [ParameterReference: Int]

    /// Parameters that no tensor holds.
    private let literals: [ParameterReference: [Double]]

    struct Place {
        var index: Int
        var isBFloat16: Bool
        /// Where the elements lie in the tensor; nil: they are those of the tensor, one by one.
        var view: TensorView?
    }

    /// - Parameters:
    ///   - reader: the open file.
    ///   - document: what the file says of its tensors.
    public init(_ reader: any ModelReader, _ document: ModelDocument) {
        self.reader = reader
        literals = document.literals
        var places: [ParameterReference: Place] = [:]
        var misfits: [ParameterReference: Int] = [:]
        for (index, role) in document.roles.enumerated() {
            for binding in role.bindings where places[binding.parameter] == nil {
                places[binding.parameter] = Place(index: index, isBFloat16: role.isBFloat16, view: binding.view)
            }
            if !role.bindings.isEmpty { continue }
            if !role.isOptimizerState, let layer = role.layer, let name = role.role {
                misfits[ParameterReference(layer: layer, role: name)] = index
            }
        }
        self.places = places
        self.misfits = misfits
    }

    public func check(_ parameter: ParameterReference, count: Int) throws {
        if let literal = literals[parameter], literal.count == count { return }
        _ = try find(parameter, count)
    }

    public func read(_ parameter: ParameterReference, into destination: UnsafeMutableBufferPointer<Float>) throws {
        if try readLiteral(parameter, destination.count, { destination[$0] = Float($1) }) { return }
        let (place, type) = try find(parameter, destination.count)
        if let view = place.view {
            try readView(view, place, type) { destination[$0] = Float($1) }
        } else if type == .float32 {
            try reader.read(place.index, 0..<destination.count, into: UnsafeMutableRawBufferPointer(destination))
        } else {
            try eachTile(place.index, destination.count) { start, bytes in
                convert(bytes, type) { destination[start + $0] = Float($1) }
            }
        }
    }

    public func read(_ parameter: ParameterReference, into destination: UnsafeMutableBufferPointer<Double>) throws {
        if try readLiteral(parameter, destination.count, { destination[$0] = $1 }) { return }
        let (place, type) = try find(parameter, destination.count)
        if let view = place.view {
            try readView(view, place, type) { destination[$0] = $1 }
        } else {
            try eachTile(place.index, destination.count) { start, bytes in
                convert(bytes, type) { destination[start + $0] = $1 }
            }
        }
    }

    private func readLiteral(
        _ parameter: ParameterReference, _ count: Int, _ put: (Int, Double) -> Void
    ) throws -> Bool {
        guard let literal = literals[parameter], literal.count == count else { return false }
        for (index, number) in literal.enumerated() { put(index, number) }
        return true
    }

    /// Reads the whole tensor, which is then in memory twice, and takes its elements in the order of the view.
    private func readView(
        _ view: TensorView, _ place: Place, _ type: ElementType, _ put: (Int, Double) -> Void
    ) throws {
        let count = reader.tensors[place.index].elementCount
        let width = type == .float64 ? 8 : 4
        let buffer = RawBuffer(byteCount: try Checked.multiply(count, width, "size of a weight"))
        if type == .float64 {
            let numbers = buffer.bytes.bindMemory(to: Double.self)
            try eachTile(place.index, count) { start, bytes in convert(bytes, type) { numbers[start + $0] = $1 } }
            view.visit { place, position in
                put(place, view.addends.reduce(0.0) { $0 + numbers[position + $1] })
            }
        } else {
            let numbers = buffer.bytes.bindMemory(to: Float.self)
            try eachTile(place.index, count) { start, bytes in
                convert(bytes, type) { numbers[start + $0] = Float($1) }
            }
            if view.addends.count == 1 {
                let base = view.addends[0]
                view.visit { put($0, Double(numbers[base + $1])) }
            } else {
                view.visit { place, position in
                    put(place, Double(view.addends.reduce(Float(0)) { $0 + numbers[position + $1] }))
                }
            }
        }
    }

    func place(_ parameter: ParameterReference) -> Place? { places[parameter] }

    private static let remedy = "The network cannot be run; its tensors can be inspected, pruned and converted."

    private func find(_ parameter: ParameterReference, _ count: Int) throws -> (Place, ElementType) {
        guard let place = places[parameter] else {
            if let misfit = misfits[parameter] { throw self.misfit(parameter, count, reader.tensors[misfit]) }
            throw SparsifyError(
                .malformed, "The file has no '\(parameter.role)' of layer '\(parameter.layer)'.", file: reader.path,
                remedy: Self.remedy)
        }
        let info = reader.tensors[place.index]
        guard place.view?.elementCount ?? info.elementCount == count else { throw misfit(parameter, count, info) }
        let type = place.isBFloat16 ? ElementType.bfloat16 : info.elementType
        let isReadable = type.isFloatingPoint || [.int32, .int64, .uint32, .uint64].contains(type)
        guard isReadable else {
            throw SparsifyError(
                .unsupported, "A network with weights of \(type.name), as of quantised layers, cannot be run.",
                file: reader.path, tensor: info.name, remedy: Self.remedy)
        }
        return (place, type)
    }

    private func misfit(_ parameter: ParameterReference, _ count: Int, _ info: TensorInfo) -> SparsifyError {
        SparsifyError(
            .malformed,
            """
            The configuration gives '\(parameter.role)' of layer '\(parameter.layer)' another shape (\(count) elements) than \
            the file, which has \(info.shape).
            """,
            file: reader.path, tensor: info.name, remedy: Self.remedy)
    }

    private func eachTile(
        _ index: Int, _ count: Int, _ body: (Int, UnsafeRawBufferPointer) -> Void
    ) throws {
        let width = reader.tensors[index].elementType.byteWidth
        let length = 1 << 18
        let buffer = RawBuffer(byteCount: min(length, max(count, 1)) * width)
        var start = 0
        while start < count {
            let end = min(start + length, count)
            let bytes = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<((end - start) * width)])
            try reader.read(index, start..<end, into: bytes)
            body(start, UnsafeRawBufferPointer(bytes))
            start = end
        }
    }

    private func convert(_ bytes: UnsafeRawBufferPointer, _ type: ElementType, _ body: (Int, Double) -> Void) {
        func each<Stored>(_: Stored.Type, _ value: (Stored) -> Double) {
            for (index, stored) in bytes.bindMemory(to: Stored.self).enumerated() { body(index, value(stored)) }
        }
        switch type {
        case .float16: each(UInt16.self) { Double(FloatingPointBits.float(fromHalf: $0)) }
        case .bfloat16: each(UInt16.self) { Double(FloatingPointBits.float(fromBFloat16: $0)) }
        case .float32: each(Float.self) { Double($0) }
        case .float64: each(Double.self) { $0 }
        case .int32: each(Int32.self) { Double($0) }
        case .uint32: each(UInt32.self) { Double($0) }
        case .int64: each(Int64.self) { Double($0) }
        case .uint64: each(UInt64.self) { Double($0) }
        default: break
        }
    }
}

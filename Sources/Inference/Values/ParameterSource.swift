public import Networks

/// Gives the values of a network's parameters as they are asked for.
public protocol ParameterSource: Sendable {
    /// Asked before memory is taken for a parameter: a configuration may claim any size.
    ///
    /// - Parameter count: elements of its shape.
    /// - Throws: `malformed` where the model's file has no such weight, or one of another size; `unsupported` where its
    ///   type is not read.
    func check(_ parameter: ParameterReference, count: Int) throws
    /// Writes the elements of a parameter, row-major, rounded to the type.
    ///
    /// - Parameter destination: room for as many elements as its shape has.
    /// - Throws: as `check`; what reading throws.
    func read(_ parameter: ParameterReference, into destination: UnsafeMutableBufferPointer<Float>) throws
    func read(_ parameter: ParameterReference, into destination: UnsafeMutableBufferPointer<Double>) throws

    /// How many elements are not zero, where that is known without reading them; then `readNonzeros` gives them.
    func nonzeros(_ parameter: ParameterReference) throws -> Int?
    /// Writes the elements that are not zero: positions in row-major order, ascending, and values.
    ///
    /// - Parameters:
    ///   - positions, values: room for as many as `nonzeros` says.
    ///   - threads: how many may be used for it.
    /// - Throws: as `read`.
    func readNonzeros(
        _ parameter: ParameterReference, positions: UnsafeMutableBufferPointer<UInt32>,
        values: UnsafeMutableBufferPointer<Float>, threads: Int) throws
}

extension ParameterSource {
    public func nonzeros(_ parameter: ParameterReference) throws -> Int? { nil }

    public func readNonzeros(
        _ parameter: ParameterReference, positions: UnsafeMutableBufferPointer<UInt32>,
        values: UnsafeMutableBufferPointer<Float>, threads: Int
    ) throws {
        preconditionFailure("the source knows no non-zeros")
    }

    func storage<T: Scalar>(_ parameter: ParameterReference, count: Int) throws -> Storage<T> {
        try check(parameter, count: count)
        let storage = Storage<T>(count: count)
        if let single = storage as? Storage<Float> {
            try read(parameter, into: UnsafeMutableBufferPointer(start: single.base, count: count))
        } else if let double = storage as? Storage<Double> {
            try read(parameter, into: UnsafeMutableBufferPointer(start: double.base, count: count))
        }
        return storage
    }
}

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
}

extension ParameterSource {
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

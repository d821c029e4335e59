/// A loss as a function of the weights that may be pruned, one behind the other in one vector, all else being fixed.
public protocol PrunableLoss: AnyObject {
    /// Weights in the vector.
    var count: Int { get }
    /// Where each prunable tensor lies in it.
    var tensors: [Range<Int>] { get }
    /// Examples there are.
    var exampleCount: Int { get }

    /// The mean loss over the examples with these numbers, and its gradient.
    func gradient(_ weights: [Float], examples: [Int]) throws -> (loss: Double, gradient: [Float])

    /// The mean loss over the examples with these numbers.
    func value(_ weights: [Float], examples: [Int]) throws -> Double

    /// The Gauss-Newton matrix of that mean, positive semidefinite, as its product with a vector. It holds what products
    /// have in common.
    func gaussNewton(_ weights: [Float], examples: [Int]) throws -> CurvatureProduct

    /// The product of the Hessian of that mean with a vector.
    func hessianProduct(_ weights: [Float], _ vector: [Float], examples: [Int]) throws -> [Float]

    /// Gradients of the losses of single examples, by labels drawn from the model's own distribution (with them the mean of
    /// g gᵀ is the Fisher matrix: Kunstner, Balles and Hennig 2019) or by the true ones (the empirical Fisher matrix).
    ///
    /// - Parameters:
    ///   - seed: of the drawing; nil: the true labels.
    ///   - body: called on one thread, with the gradients of some examples one behind the other.
    func exampleGradients(
        _ weights: [Float], examples: [Int], seed: UInt64?, _ body: (_ rows: UnsafeBufferPointer<Float>) throws -> Void
    ) throws
}

/// The product of a curvature matrix with a vector.
public typealias CurvatureProduct = (_ vector: [Float]) throws -> [Float]

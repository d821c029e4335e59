public import LinearAlgebra

/// What primitives and their gradients are computed in: `Float` and `Double`, and for derivatives along a direction
/// `Dual`. Each primitive's code is written once over it, so that a gradient of a gradient needs no code of its own.
///
/// Comparisons go by the value; a tangent takes no part in them.
public protocol Number: Sendable, BitwiseCopyable {
    init(_ value: Double)
    /// The value, without a tangent.
    var double: Double { get }

    static func + (a: Self, b: Self) -> Self
    static func - (a: Self, b: Self) -> Self
    static func * (a: Self, b: Self) -> Self
    static func / (a: Self, b: Self) -> Self
    static prefix func - (a: Self) -> Self
    static func += (a: inout Self, b: Self)
    static func < (a: Self, b: Self) -> Bool

    static func exponential(_ x: Self) -> Self
    static func logarithm(_ x: Self) -> Self
    /// log(1 + x)
    static func logarithmOnePlus(_ x: Self) -> Self
    /// e^x − 1
    static func exponentialMinusOne(_ x: Self) -> Self
    static func squareRoot(_ x: Self) -> Self
    static func hyperbolicTangent(_ x: Self) -> Self
    static func errorFunction(_ x: Self) -> Self
    static func sine(_ x: Self) -> Self
    static func cosine(_ x: Self) -> Self
    static func arcTangent(_ x: Self) -> Self

    /// C ← A · B, or C ← C + A · B.
    static func multiply(
        _ product: MatrixProduct, _ a: UnsafePointer<Self>, _ b: UnsafePointer<Self>, _ c: UnsafeMutablePointer<Self>)
}

extension Number {
    @inline(__always) static var zero: Self { Self(0.0) }
    @inline(__always) static var one: Self { Self(1.0) }

    @inline(__always) static func *= (a: inout Self, b: Self) { a = a * b }
    @inline(__always) static func -= (a: inout Self, b: Self) { a = a - b }
    @inline(__always) static func > (a: Self, b: Self) -> Bool { b < a }
    @inline(__always) static func <= (a: Self, b: Self) -> Bool { !(b < a) }
    @inline(__always) static func >= (a: Self, b: Self) -> Bool { !(a < b) }

    /// |x|; of −0 and 0, 0.
    @inline(__always) static func magnitude(_ x: Self) -> Self { x < .zero ? -x : x }
    @inline(__always) static func greater(_ a: Self, _ b: Self) -> Self { a < b ? b : a }
    @inline(__always) static func lesser(_ a: Self, _ b: Self) -> Self { b < a ? b : a }

    /// 1 / (1 + e^−x)
    @inline(__always) static func sigmoid(_ x: Self) -> Self { .one / (.one + exponential(-x)) }
    /// log(1 + e^x)
    @inline(__always) static func softplus(_ x: Self) -> Self {
        greater(x, .zero) + logarithmOnePlus(exponential(-magnitude(x)))
    }
    /// x^y of a positive x.
    @inline(__always) static func power(_ x: Self, _ y: Self) -> Self { exponential(y * logarithm(x)) }
}

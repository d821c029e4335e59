internal import LinearAlgebra

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

extension Float: Number {
    @inline(__always) public var double: Double { Double(self) }
    @inline(__always) public static func exponential(_ x: Float) -> Float { expf(x) }
    @inline(__always) public static func logarithm(_ x: Float) -> Float { logf(x) }
    @inline(__always) public static func logarithmOnePlus(_ x: Float) -> Float { log1pf(x) }
    @inline(__always) public static func exponentialMinusOne(_ x: Float) -> Float { expm1f(x) }
    @inline(__always) public static func squareRoot(_ x: Float) -> Float { x.squareRoot() }
    @inline(__always) public static func hyperbolicTangent(_ x: Float) -> Float { tanhf(x) }
    @inline(__always) public static func errorFunction(_ x: Float) -> Float { erff(x) }
    @inline(__always) public static func sine(_ x: Float) -> Float { sinf(x) }
    @inline(__always) public static func cosine(_ x: Float) -> Float { cosf(x) }
    @inline(__always) public static func arcTangent(_ x: Float) -> Float { atanf(x) }
}

extension Double: Number {
    @inline(__always) public var double: Double { self }
    @inline(__always) public static func exponential(_ x: Double) -> Double { exp(x) }
    @inline(__always) public static func logarithm(_ x: Double) -> Double { log(x) }
    @inline(__always) public static func logarithmOnePlus(_ x: Double) -> Double { log1p(x) }
    @inline(__always) public static func exponentialMinusOne(_ x: Double) -> Double { expm1(x) }
    @inline(__always) public static func squareRoot(_ x: Double) -> Double { x.squareRoot() }
    @inline(__always) public static func hyperbolicTangent(_ x: Double) -> Double { tanh(x) }
    @inline(__always) public static func errorFunction(_ x: Double) -> Double { erf(x) }
    @inline(__always) public static func sine(_ x: Double) -> Double { sin(x) }
    @inline(__always) public static func cosine(_ x: Double) -> Double { cos(x) }
    @inline(__always) public static func arcTangent(_ x: Double) -> Double { atan(x) }
}

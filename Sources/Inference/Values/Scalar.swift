internal import LinearAlgebra

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A type that networks are computed in: `Float`, or `Double` for those whose configuration says float64.
public protocol Scalar: VectorLoops {
    /// C ← A · B, or C ← C + A · B with `adds`; all row-major. A is `rows` × `depth`, B `depth` × `columns`, given as
    /// it is or transposed; strides are the distances between rows as they lie in memory.
    static func product(
        rows: Int, columns: Int, depth: Int, _ a: UnsafePointer<Self>, aStride: Int, _ b: UnsafePointer<Self>,
        bStride: Int, bIsTransposed: Bool, _ c: UnsafeMutablePointer<Self>, cStride: Int, adds: Bool)

    static func exponential(_ x: Self) -> Self
    /// log(1 + x)
    static func logarithmOnePlus(_ x: Self) -> Self
    /// e^x − 1
    static func exponentialMinusOne(_ x: Self) -> Self
    static func logarithm(_ x: Self) -> Self
    static func hyperbolicTangent(_ x: Self) -> Self
    static func errorFunction(_ x: Self) -> Self
    static func power(_ x: Self, _ y: Self) -> Self
    /// A function of the C library by the name it has there for doubles; nil where there is no such.
    static func function(named name: String) -> (@Sendable (Self) -> Self)?
}

extension Float: Scalar {
    public static func product(
        rows: Int, columns: Int, depth: Int, _ a: UnsafePointer<Float>, aStride: Int, _ b: UnsafePointer<Float>,
        bStride: Int, bIsTransposed: Bool, _ c: UnsafeMutablePointer<Float>, cStride: Int, adds: Bool
    ) {
        multiply(
            MatrixProduct(
                rows: rows, columns: columns, depth: depth, aStride: aStride, bStride: bStride,
                bIsTransposed: bIsTransposed, cStride: cStride, adds: adds),
            a, b, c)
    }

    public static func exponential(_ x: Float) -> Float { expf(x) }
    public static func logarithm(_ x: Float) -> Float { logf(x) }
    public static func logarithmOnePlus(_ x: Float) -> Float { log1pf(x) }
    public static func exponentialMinusOne(_ x: Float) -> Float { expm1f(x) }
    public static func hyperbolicTangent(_ x: Float) -> Float { tanhf(x) }
    public static func errorFunction(_ x: Float) -> Float { erff(x) }
    public static func power(_ x: Float, _ y: Float) -> Float { powf(x, y) }

    public static func function(named name: String) -> (@Sendable (Float) -> Float)? {
        switch name {
        case "exp": { expf($0) }
        case "log": { logf($0) }
        case "sin": { sinf($0) }
        case "cos": { cosf($0) }
        case "tan": { tanf($0) }
        case "asin": { asinf($0) }
        case "acos": { acosf($0) }
        case "atan": { atanf($0) }
        case "sinh": { sinhf($0) }
        case "cosh": { coshf($0) }
        case "tanh": { tanhf($0) }
        case "asinh": { asinhf($0) }
        case "acosh": { acoshf($0) }
        case "atanh": { atanhf($0) }
        case "erf": { erff($0) }
        case "expm1": { expm1f($0) }
        case "log1p": { log1pf($0) }
        case "log2": { log2f($0) }
        case "log10": { log10f($0) }
        default: nil
        }
    }
}

extension Double: Scalar {
    public static func product(
        rows: Int, columns: Int, depth: Int, _ a: UnsafePointer<Double>, aStride: Int, _ b: UnsafePointer<Double>,
        bStride: Int, bIsTransposed: Bool, _ c: UnsafeMutablePointer<Double>, cStride: Int, adds: Bool
    ) {
        multiply(
            MatrixProduct(
                rows: rows, columns: columns, depth: depth, aStride: aStride, bStride: bStride,
                bIsTransposed: bIsTransposed, cStride: cStride, adds: adds),
            a, b, c)
    }

    public static func exponential(_ x: Double) -> Double { exp(x) }
    public static func logarithm(_ x: Double) -> Double { log(x) }
    public static func logarithmOnePlus(_ x: Double) -> Double { log1p(x) }
    public static func exponentialMinusOne(_ x: Double) -> Double { expm1(x) }
    public static func hyperbolicTangent(_ x: Double) -> Double { tanh(x) }
    public static func errorFunction(_ x: Double) -> Double { erf(x) }
    public static func power(_ x: Double, _ y: Double) -> Double { pow(x, y) }

    public static func function(named name: String) -> (@Sendable (Double) -> Double)? {
        switch name {
        case "exp": { exp($0) }
        case "log": { log($0) }
        case "sin": { sin($0) }
        case "cos": { cos($0) }
        case "tan": { tan($0) }
        case "asin": { asin($0) }
        case "acos": { acos($0) }
        case "atan": { atan($0) }
        case "sinh": { sinh($0) }
        case "cosh": { cosh($0) }
        case "tanh": { tanh($0) }
        case "asinh": { asinh($0) }
        case "acosh": { acosh($0) }
        case "atanh": { atanh($0) }
        case "erf": { erf($0) }
        case "expm1": { expm1($0) }
        case "log1p": { log1p($0) }
        case "log2": { log2($0) }
        case "log10": { log10($0) }
        default: nil
        }
    }
}

public import LinearAlgebra

/// A value and its derivative along a direction: v + t·ε with ε² = 0. What is computed of such numbers carries the exact
/// derivative along (forward mode); the gradient of a loss computed in them carries a product of its Hessian.
public struct Dual<Base: Number & MatrixElement>: Number {
    public var value: Base
    public var tangent: Base

    @inline(__always)
    public init(_ value: Base, _ tangent: Base) {
        self.value = value
        self.tangent = tangent
    }

    @inline(__always) public init(_ value: Double) { self.init(Base(value), Base(0.0)) }
    @inline(__always) public var double: Double { value.double }

    @inline(__always)
    public static func + (a: Dual, b: Dual) -> Dual { Dual(a.value + b.value, a.tangent + b.tangent) }
    @inline(__always)
    public static func - (a: Dual, b: Dual) -> Dual { Dual(a.value - b.value, a.tangent - b.tangent) }
    @inline(__always)
    public static func * (a: Dual, b: Dual) -> Dual {
        Dual(a.value * b.value, a.value * b.tangent + a.tangent * b.value)
    }
    @inline(__always)
    public static func / (a: Dual, b: Dual) -> Dual {
        let quotient = a.value / b.value
        return Dual(quotient, (a.tangent - quotient * b.tangent) / b.value)
    }
    @inline(__always) public static prefix func - (a: Dual) -> Dual { Dual(-a.value, -a.tangent) }
    @inline(__always) public static func += (a: inout Dual, b: Dual) { a = a + b }
    @inline(__always) public static func < (a: Dual, b: Dual) -> Bool { a.value < b.value }

    public static func exponential(_ x: Dual) -> Dual {
        let power = Base.exponential(x.value)
        return Dual(power, power * x.tangent)
    }
    public static func logarithm(_ x: Dual) -> Dual { Dual(Base.logarithm(x.value), x.tangent / x.value) }
    public static func logarithmOnePlus(_ x: Dual) -> Dual {
        Dual(Base.logarithmOnePlus(x.value), x.tangent / (Base(1.0) + x.value))
    }
    public static func exponentialMinusOne(_ x: Dual) -> Dual {
        Dual(Base.exponentialMinusOne(x.value), Base.exponential(x.value) * x.tangent)
    }
    public static func squareRoot(_ x: Dual) -> Dual {
        let root = Base.squareRoot(x.value)
        return Dual(root, x.tangent / (root + root))
    }
    public static func hyperbolicTangent(_ x: Dual) -> Dual {
        let value = Base.hyperbolicTangent(x.value)
        return Dual(value, (Base(1.0) - value * value) * x.tangent)
    }
    public static func errorFunction(_ x: Dual) -> Dual {
        // 2 / √π
        let slope = Base(1.128_379_167_095_512_6) * Base.exponential(-(x.value * x.value))
        return Dual(Base.errorFunction(x.value), slope * x.tangent)
    }
    public static func sine(_ x: Dual) -> Dual { Dual(Base.sine(x.value), Base.cosine(x.value) * x.tangent) }
    public static func cosine(_ x: Dual) -> Dual { Dual(Base.cosine(x.value), -(Base.sine(x.value) * x.tangent)) }
    public static func arcTangent(_ x: Dual) -> Dual {
        Dual(Base.arcTangent(x.value), x.tangent / (Base(1.0) + x.value * x.value))
    }

    /// By the product rule: three products of plain matrices, less those of tangents that are all zero, as an input's are.
    public static func multiply(
        _ product: MatrixProduct, _ a: UnsafePointer<Dual>, _ b: UnsafePointer<Dual>, _ c: UnsafeMutablePointer<Dual>
    ) {
        guard product.rows > 0, product.columns > 0 else { return }
        let (aRows, aColumns) =
            product.aIsTransposed ? (product.depth, product.rows) : (product.rows, product.depth)
        let (bRows, bColumns) =
            product.bIsTransposed ? (product.columns, product.depth) : (product.depth, product.columns)
        let left = Planes(a, rows: aRows, columns: aColumns, stride: product.aStride)
        let right = Planes(b, rows: bRows, columns: bColumns, stride: product.bStride)
        var plain = MatrixProduct(
            rows: product.rows, columns: product.columns, depth: product.depth, aIsTransposed: product.aIsTransposed,
            bIsTransposed: product.bIsTransposed)
        let count = product.rows * product.columns
        withUnsafeTemporaryAllocation(of: Base.self, capacity: 2 * count) { room in
            let (values, tangents) = (room.baseAddress!, room.baseAddress! + count)
            Base.multiply(plain, left.values, right.values, values)
            tangents.update(repeating: .zero, count: count)
            plain.adds = true
            if right.moves { Base.multiply(plain, left.values, right.tangents, tangents) }
            if left.moves { Base.multiply(plain, left.tangents, right.values, tangents) }
            for row in 0..<product.rows {
                for column in 0..<product.columns {
                    let sum = Dual(values[row * product.columns + column], tangents[row * product.columns + column])
                    let place = row * product.cStride + column
                    c[place] = product.adds ? c[place] + sum : sum
                }
            }
        }
    }
}

/// Values and tangents of a matrix, apart.
private final class Planes<Base: Number & MatrixElement> {
    let values: UnsafeMutablePointer<Base>
    let tangents: UnsafeMutablePointer<Base>
    /// Whether a tangent is not zero.
    let moves: Bool

    init(_ matrix: UnsafePointer<Dual<Base>>, rows: Int, columns: Int, stride: Int) {
        values = .allocate(capacity: max(rows * columns, 1))
        tangents = .allocate(capacity: max(rows * columns, 1))
        var moves = false
        for row in 0..<rows {
            for column in 0..<columns {
                let number = matrix[row * stride + column]
                values[row * columns + column] = number.value
                tangents[row * columns + column] = number.tangent
                moves = moves || number.tangent.double != 0
            }
        }
        self.moves = moves
    }

    deinit {
        values.deallocate()
        tangents.deallocate()
    }
}

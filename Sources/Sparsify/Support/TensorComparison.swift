internal import ModelIO
internal import Tensors

/// Compares the tensors of two files, by name, bit for bit, a tile at a time.
struct TensorComparison {
    let left: any ModelReader
    let right: any ModelReader
    let options: JobOptions
    private let leftTypes: [String: String]
    private let rightTypes: [String: String]

    init(left: any ModelReader, right: any ModelReader, options: JobOptions) {
        self.left = left
        self.right = right
        self.options = options
        (leftTypes, rightTypes) = (left.tree.carriedTypes, right.tree.carriedTypes)
    }

    enum Pair {
        case both(name: String, left: Int, right: Int)
        case onlyLeft(name: String)
        case onlyRight(name: String)
    }

    /// Tensors of the left file in its order, then those that only the right one has.
    var pairs: [Pair] {
        let places = Dictionary(right.tensors.enumerated().map { ($1.name, $0) }) { first, _ in first }
        let names = Set(left.tensors.map(\.name))
        return left.tensors.enumerated().map { index, info in
            places[info.name].map { Pair.both(name: info.name, left: index, right: $0) } ?? .onlyLeft(name: info.name)
        } + right.tensors.filter { !names.contains($0.name) }.map { .onlyRight(name: $0.name) }
    }

    /// How shapes or types differ, or nil.
    func declarationMismatch(_ leftIndex: Int, _ rightIndex: Int) -> String? {
        let a = left.tensors[leftIndex]
        let b = right.tensors[rightIndex]
        if a.shape != b.shape { return "shape \(a.shape) against \(b.shape)" }
        let types = (leftTypes[a.name] ?? a.elementType.name, rightTypes[b.name] ?? b.elementType.name)
        return types.0 == types.1 ? nil : "type \(types.0) against \(types.1)"
    }

    struct Difference: Sendable {
        var elements = 0
        /// Elements whose bits differ.
        var differing = 0
        /// Of those, zero on the left and not on the right, and the other way round.
        var onlyRight = 0
        var onlyLeft = 0
        /// Position of the first that differs and is not zero on the left.
        var firstChanged: Int?
        /// Over pairs of finite floating-point numbers.
        var largestDifference = 0.0
        var squaredDifference = 0.0
        var squaredRight = 0.0

        static func += (a: inout Difference, b: Difference) {
            a.elements += b.elements
            a.differing += b.differing
            a.onlyRight += b.onlyRight
            a.onlyLeft += b.onlyLeft
            a.firstChanged = a.firstChanged ?? b.firstChanged
            a.largestDifference = max(a.largestDifference, b.largestDifference)
            a.squaredDifference += b.squaredDifference
            a.squaredRight += b.squaredRight
        }
    }

    /// Compares two tensors of the same shape and type. Sums are taken in order, so they repeat.
    func compare(_ leftIndex: Int, _ rightIndex: Int) throws -> Difference {
        let info = left.tensors[leftIndex]
        let width = info.elementType.byteWidth
        let step = 1 << 18
        var total = Difference()
        let tiles = info.elementCount == 0 ? 0 : (info.elementCount - 1) / step + 1
        let (left, right, cancellation) = (left, right, options.cancellation)
        try Parallel.ordered(tiles, threads: options.threads) { tile -> Difference in
            try cancellation?.check()
            let range = tile * step..<min((tile + 1) * step, info.elementCount)
            let buffers = (RawBuffer(byteCount: range.count * width), RawBuffer(byteCount: range.count * width))
            let a = UnsafeMutableRawBufferPointer(rebasing: buffers.0.bytes[..<(range.count * width)])
            let b = UnsafeMutableRawBufferPointer(rebasing: buffers.1.bytes[..<(range.count * width)])
            try left.read(leftIndex, range, into: a)
            try right.read(rightIndex, range, into: b)
            return ElementComparison.compare(a, b, type: info.elementType, offset: range.lowerBound)
        } consume: { _, part in
            total += part
        }
        return total
    }
}

/// Compares two runs of elements.
enum ElementComparison {
    static func compare(
        _ a: UnsafeMutableRawBufferPointer, _ b: UnsafeMutableRawBufferPointer, type: ElementType, offset: Int
    ) -> TensorComparison.Difference {
        switch type.byteWidth {
        case 1: run(a, b, type, offset, UInt8.self)
        case 2: run(a, b, type, offset, UInt16.self)
        case 4: run(a, b, type, offset, UInt32.self)
        default: run(a, b, type, offset, UInt64.self)
        }
    }

    private static func run<T: FixedWidthInteger>(
        _ a: UnsafeMutableRawBufferPointer, _ b: UnsafeMutableRawBufferPointer, _ type: ElementType, _ offset: Int,
        _: T.Type
    ) -> TensorComparison.Difference {
        let left = a.bindMemory(to: T.self)
        let right = b.bindMemory(to: T.self)
        var result = TensorComparison.Difference()
        result.elements = left.count
        for index in left.indices {
            let (x, y) = (left[index], right[index])
            if x != y {
                result.differing += 1
                if x == 0 {
                    result.onlyRight += 1
                } else {
                    if y == 0 { result.onlyLeft += 1 }
                    result.firstChanged = result.firstChanged ?? offset + index
                }
            }
            guard type.isFloatingPoint else { continue }
            let (p, q) = (number(x, type), number(y, type))
            guard p.isFinite, q.isFinite else { continue }
            result.squaredRight += q * q
            guard x != y else { continue }
            result.largestDifference = max(result.largestDifference, (p - q).magnitude)
            result.squaredDifference += (p - q) * (p - q)
        }
        return result
    }

    @inline(__always)
    private static func number<T: FixedWidthInteger>(_ bits: T, _ type: ElementType) -> Double {
        switch type {
        case .float32: Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
        case .float64: Double(bitPattern: UInt64(truncatingIfNeeded: bits))
        case .float16: Double(FloatingPointBits.float(fromHalf: UInt16(truncatingIfNeeded: bits)))
        default: Double(FloatingPointBits.float(fromBFloat16: UInt16(truncatingIfNeeded: bits)))
        }
    }
}

/// A matrix product and what follows it, in tiles that are shared among threads.
struct Product<T: Scalar>: Sendable {
    var rows: Int
    var columns: Int
    var depth: Int
    /// Distances between rows.
    var aStride: Int
    var bStride: Int
    var cStride: Int
    var bIsTransposed = false
    /// What every element is multiplied by.
    var scale: T?
    var epilogue: Epilogue<T>?
    /// The element of the epilogue's bias that goes with the first column.
    var firstChannel = 0

    init(
        rows: Int, columns: Int, depth: Int, aStride: Int? = nil, bStride: Int? = nil, cStride: Int? = nil,
        bIsTransposed: Bool = false, scale: T? = nil, epilogue: Epilogue<T>? = nil, firstChannel: Int = 0
    ) {
        self.rows = rows
        self.columns = columns
        self.depth = depth
        self.aStride = aStride ?? depth
        self.bStride = bStride ?? (bIsTransposed ? depth : columns)
        self.cStride = cStride ?? columns
        self.bIsTransposed = bIsTransposed
        self.scale = scale
        self.epilogue = epilogue
        self.firstChannel = firstChannel
    }

    /// Tiles begin at multiples of this, which are multiples of what the library's inner loops take at once.
    private static var granule: Int { 16 }

    /// Numbers of A and C that a tile of rows touches: what a core's own cache holds.
    private static var tileLength: Int { 1 << 17 }

    /// Whether the product is added to what is in C; there is no scale and no epilogue then.
    var adds = false

    /// C ← A · B, then the scale and the epilogue.
    func run(
        _ a: UnsafePointer<T>, _ b: UnsafePointer<T>, _ c: UnsafeMutablePointer<T>, _ workers: Workers
    ) {
        let (a, b, c) = (Shared(a), Shared(b), Shared(c))
        let cost = Cost.products(rows * columns * depth)
        // A tile of rows makes the library read all of B, a tile of columns all of A.
        if rows > columns {
            let length = max(Self.tileLength / max(depth + columns, 1), 256)
            Self.split(rows, cost, atLeast: (rows - 1) / length + 1, workers) { range in
                tile(a.pointer, b.pointer, c.pointer, range, 0..<columns)
            }
        } else {
            Self.split(columns, cost, atLeast: 1, workers) { range in
                tile(a.pointer, b.pointer, c.pointer, 0..<rows, range)
            }
        }
    }

    /// Cuts rows or columns into tiles. How many there are goes by the work and not by the number of threads, since the
    /// library adds products of another size up in another order.
    private static func split(
        _ count: Int, _ cost: Cost, atLeast least: Int, _ workers: Workers, _ body: @Sendable (Range<Int>) -> Void
    ) {
        guard count > 0 else { return }
        let granules = (count - 1) / granule + 1
        let tiles = min(max(cost.tileCount, least), granules)
        workers.share(tiles, cost) { _, tile in
            body(tile * granules / tiles * granule..<min((tile + 1) * granules / tiles * granule, count))
        }
    }

    /// Some rows and columns of the result, on this thread.
    func tile(
        _ a: UnsafePointer<T>, _ b: UnsafePointer<T>, _ c: UnsafeMutablePointer<T>, _ rowRange: Range<Int>,
        _ columnRange: Range<Int>
    ) {
        let target = c + rowRange.lowerBound * cStride + columnRange.lowerBound
        let channels = columnRange.lowerBound + firstChannel..<columnRange.upperBound + firstChannel
        let isBegun = scale == nil && epilogue?.begin(target, rowRange.count, channels, stride: cStride) ?? false
        T.product(
            rows: rowRange.count, columns: columnRange.count, depth: depth, a + rowRange.lowerBound * aStride,
            aStride: aStride, b + columnRange.lowerBound * (bIsTransposed ? bStride : 1), bStride: bStride,
            bIsTransposed: bIsTransposed, target, cStride: cStride, adds: adds || isBegun)
        if let scale { Self.multiply(target, by: scale, rowRange.count, columnRange.count, cStride) }
        epilogue?.end(target, rowRange.count, channels, stride: cStride, isBegun: isBegun)
    }

    @specialized(where T == Float)
    @specialized(where T == Double)
    private static func multiply(
        _ c: UnsafeMutablePointer<T>, by scale: T, _ rows: Int, _ columns: Int, _ stride: Int
    ) {
        for row in 0..<rows {
            let values = c + row * stride
            for column in 0..<columns { values[column] *= scale }
        }
    }
}

internal import CHDF5
internal import ModelIO
internal import Tensors

/// How a tensor will be stored: what its tree entry says, as far as that fits the tensor.
struct DatasetPlan {
    var path: String
    var type: ValueType
    var dimensions: [Int]
    var maximumDimensions: [Int]?
    var layout: DatasetProperties.Layout
    var fillValue: [UInt8]?
    /// What the entry lacks so that the element type can be told when reading.
    var addedAttributes: [Attribute] = []

    /// The most bytes that fit in an object header.
    private static let compactLimit = 64_000

    init(_ entry: FileTree.Entry, _ properties: DatasetProperties, _ tensor: TensorInfo) throws {
        path = entry.path
        dimensions = tensor.shape.dimensions
        fillValue = properties.fillValue
        type = properties.type
        if !type.stores(tensor.elementType) {
            type = ValueType(storing: tensor.elementType)
            fillValue = nil
            if tensor.elementType == .bfloat16, entry.attribute("dtype") == nil {
                addedAttributes = [.bfloat16Mark]
            }
        }
        let byteCount = try Checked.multiply(
            tensor.elementCount, tensor.elementType.byteWidth, "byte count of '\(tensor.name)'")
        layout = .contiguous
        switch properties.layout {
        case .contiguous: break
        case .compact: if byteCount <= Self.compactLimit { layout = .compact }
        case .chunked(let chunk, let filters):
            guard chunk.count == dimensions.count, !chunk.isEmpty, chunk.allSatisfy({ $0 > 0 }) else { break }
            maximumDimensions = fitting(properties.maximumDimensions)
            let bounds = maximumDimensions ?? dimensions
            // A chunk may stick out only where the dataset may grow.
            layout = .chunked(
                dimensions: zip(chunk, bounds).map { $1 < 0 ? $0 : min($0, max($1, 1)) }, filters: filters)
        }
    }

    private func fitting(_ bounds: [Int]?) -> [Int]? {
        guard let bounds, bounds.count == dimensions.count,
            zip(dimensions, bounds).allSatisfy({ $1 == -1 || $0 <= $1 })
        else { return nil }
        return bounds
    }

    var properties: DatasetProperties {
        DatasetProperties(type: type, layout: layout, maximumDimensions: maximumDimensions, fillValue: fillValue)
    }

    var extent: DataValue.Extent { dimensions.isEmpty ? .scalar : .simple(dimensions) }

    /// How many elements to write at once, and what libhdf5's cache must hold so that no chunk is begun twice.
    func tiling(elementSize: Int) -> (elements: Int, cacheBytes: Int, chunksAcross: Int) {
        let tileBytes = 4 << 20
        let plain = max(1, tileBytes / elementSize)
        guard case .chunked(let chunk, _) = layout, let height = chunk.first else { return (plain, 0, 0) }
        let row = dimensions.dropFirst().reduce(1, *)
        let (band, overflow) = height.multipliedReportingOverflow(by: row)
        guard !overflow, band > 0, band <= Int.max / elementSize else { return (plain, Self.largestCache, 1 << 16) }
        let across = zip(dimensions, chunk).dropFirst().reduce(1) { $0 * (($1.0 + $1.1 - 1) / $1.1) }
        let bandBytes = band * elementSize
        // The cache counts whole chunks, also those that stick out.
        let cache = min(max(2 * bandBytes, 1 << 20), Self.largestCache)
        guard bandBytes <= 4 * tileBytes else { return (plain, cache, across) }
        return (band * max(1, tileBytes / bandBytes), cache, across)
    }

    private static let largestCache = 256 << 20
}

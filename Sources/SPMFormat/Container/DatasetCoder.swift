internal import ModelIO
internal import Tensors

/// Declarations of datasets in the tree section.
enum DatasetCoder {
    static func encode(_ properties: DatasetProperties, to writer: inout ByteWriter) {
        ValueTypeCoder.encode(properties.type, to: &writer)
        switch properties.layout {
        case .contiguous: writer.integer(UInt8(0))
        case .compact: writer.integer(UInt8(1))
        case .chunked(let dimensions, let filters):
            writer.integer(UInt8(2))
            writer.varint(dimensions.count)
            for extent in dimensions { writer.varint(extent) }
            writer.varint(filters.count)
            for filter in filters { encode(filter, to: &writer) }
        }
        writer.integer(UInt8(properties.maximumDimensions == nil ? 0 : 1))
        if let maximum = properties.maximumDimensions {
            writer.varint(maximum.count)
            // A bound that no file can reach is as good as none.
            for extent in maximum { writer.varint(extent == .max ? 0 : extent + 1) }
        }
        writer.integer(UInt8(properties.fillValue == nil ? 0 : 1))
        if let fill = properties.fillValue { writer.block(fill) }
    }

    private static func encode(_ filter: DatasetProperties.Filter, to writer: inout ByteWriter) {
        switch filter {
        case .deflate(let level):
            writer.integer(UInt8(1))
            writer.integer(UInt8(level))
        case .shuffle: writer.integer(UInt8(2))
        case .fletcher32: writer.integer(UInt8(3))
        }
    }

    static func decode(_ reader: inout ByteReader) throws -> DatasetProperties {
        let type = try ValueTypeCoder.decode(&reader)
        let layout: DatasetProperties.Layout
        let code: UInt8 = try reader.integer("layout of a dataset")
        switch code {
        case 0: layout = .contiguous
        case 1: layout = .compact
        case 2:
            let dimensions = try extents(&reader)
            let filters = try (0..<(try reader.count("count of filters", limit: 32))).map { _ in try filter(&reader) }
            layout = .chunked(dimensions: dimensions, filters: filters)
        default: throw reader.failure("A dataset has the unknown layout \(code).")
        }
        var properties = DatasetProperties(type: type, layout: layout)
        if try flag(&reader) { properties.maximumDimensions = try extents(&reader).map { $0 - 1 } }
        if try flag(&reader) {
            let fill = try reader.block("fill value")
            guard fill.count == type.fixedSize else {
                throw reader.failure("A fill value has \(fill.count) bytes, which is not the size of its type.")
            }
            properties.fillValue = fill
        }
        return properties
    }

    /// Whether chunks and bounds are of the rank of a dataset of these extents, chunks have elements, and no bound
    /// lies below its extent.
    static func fits(_ properties: DatasetProperties, _ dimensions: [Int]) -> Bool {
        if case .chunked(let chunk, _) = properties.layout {
            guard !chunk.isEmpty, chunk.count == dimensions.count, chunk.allSatisfy({ $0 > 0 }) else { return false }
        }
        guard let maximum = properties.maximumDimensions else { return true }
        return maximum.count == dimensions.count
            && zip(maximum, dimensions).allSatisfy { $0 == unbounded || $0 >= $1 }
    }

    private static let unbounded = -1

    private static func filter(_ reader: inout ByteReader) throws -> DatasetProperties.Filter {
        let code: UInt8 = try reader.integer("filter")
        switch code {
        case 1:
            let level: UInt8 = try reader.integer("deflate level")
            guard level <= 9 else { throw reader.failure("A filter has the deflate level \(level).") }
            return .deflate(level: Int(level))
        case 2: return .shuffle
        case 3: return .fletcher32
        default: throw reader.failure("A dataset has the unknown filter \(code).")
        }
    }

    static func flag(_ reader: inout ByteReader) throws -> Bool {
        let value: UInt8 = try reader.integer("flag")
        guard value <= 1 else { throw reader.failure("A flag has the value \(value).") }
        return value == 1
    }

    /// A rank and that many extents.
    static func extents(_ reader: inout ByteReader) throws -> [Int] {
        let rank = try reader.count("rank", limit: 32)
        var result: [Int] = []
        for _ in 0..<rank { result.append(try reader.varint("extent")) }
        return result
    }
}

/// Values of attributes and of datasets that are no tensors.
enum DataValueCoder {
    static func encode(_ value: DataValue, to writer: inout ByteWriter) {
        ValueTypeCoder.encode(value.type, to: &writer)
        switch value.extent {
        case .null: writer.integer(UInt8(0))
        case .scalar: writer.integer(UInt8(1))
        case .simple(let dimensions):
            writer.integer(UInt8(2))
            writer.varint(dimensions.count)
            for extent in dimensions { writer.varint(extent) }
        }
        switch value.payload {
        case .bytes(let bytes):
            writer.integer(UInt8(0))
            writer.block(bytes)
        case .blocks(let blocks):
            writer.integer(UInt8(1))
            writer.varint(blocks.count)
            for block in blocks {
                // Zero stands for a null pointer, so lengths are one more.
                writer.varint(block.map { $0.count + 1 } ?? 0)
                writer.raw(block ?? [])
            }
        }
    }

    static func decode(_ reader: inout ByteReader) throws -> DataValue {
        let type = try ValueTypeCoder.decode(&reader)
        let extent: DataValue.Extent
        let code: UInt8 = try reader.integer("extent of a value")
        switch code {
        case 0: extent = .null
        case 1: extent = .scalar
        case 2: extent = .simple(try DatasetCoder.extents(&reader))
        default: throw reader.failure("A value has the unknown extent \(code).")
        }
        let count = try elementCount(extent)
        guard try DatasetCoder.flag(&reader) else {
            let bytes = try reader.block("value")
            let expected = try type.fixedSize.map { try Checked.multiply($0, count, "size of a value") }
            guard expected == bytes.count else {
                throw reader.failure(
                    "A value has \(bytes.count) bytes, but its type and extent ask for another number.")
            }
            return DataValue(type: type, extent: extent, payload: .bytes(bytes))
        }
        let blockCount = try reader.count("count of blocks")
        guard type.fixedSize == nil, blockCount == count else {
            throw reader.failure("A value has \(blockCount) blocks, but its type and extent ask for another number.")
        }
        var blocks: [[UInt8]?] = []
        for _ in 0..<blockCount {
            let length = try reader.varint("length of a block")
            let block = length == 0 ? nil : try reader.raw(length - 1, "block")
            if case .sequence(let base) = type, let size = base.fixedSize, (block?.count ?? 0) % size != 0 {
                throw reader.failure("A sequence has a part of an element.")
            }
            if case .variableString = type, block?.contains(0) == true {
                throw reader.failure("A string has a NUL character, where it would end.")
            }
            blocks.append(block)
        }
        return DataValue(type: type, extent: extent, payload: .blocks(blocks))
    }

    private static func elementCount(_ extent: DataValue.Extent) throws -> Int {
        switch extent {
        case .null: 0
        case .scalar: 1
        case .simple(let dimensions):
            // The extents that are not 0 count, so that their order makes no difference.
            try Shape(dimensions.filter { $0 > 0 }).elementCount * (dimensions.contains(0) ? 0 : 1)
        }
    }
}

internal import ModelIO
internal import Tensors

/// Types of attributes and datasets: a code, then the fields of that kind of type.
enum ValueTypeCoder {
    private enum Code {
        static let integer: UInt8 = 1
        static let float: UInt8 = 2
        static let bitfield: UInt8 = 3
        static let fixedString: UInt8 = 4
        static let variableString: UInt8 = 5
        static let opaque: UInt8 = 6
        static let enumeration: UInt8 = 7
        static let compound: UInt8 = 8
        static let array: UInt8 = 9
        static let sequence: UInt8 = 10
    }

    static func encode(_ type: ValueType, to writer: inout ByteWriter) {
        switch type {
        case .integer(let size, let isSigned, let order):
            writer.integer(Code.integer)
            writer.varint(size)
            writer.integer(UInt8(isSigned ? 1 : 0))
            writer.integer(order.rawValue)
        case .float(let layout):
            writer.integer(Code.float)
            writer.integer(layout.order.rawValue)
            for field in fields(layout) { writer.varint(field) }
        case .bitfield(let size, let order):
            writer.integer(Code.bitfield)
            writer.varint(size)
            writer.integer(order.rawValue)
        case .fixedString(let size, let padding, let characterSet):
            writer.integer(Code.fixedString)
            writer.varint(size)
            writer.integer(padding.rawValue)
            writer.integer(characterSet.rawValue)
        case .variableString(let padding, let characterSet):
            writer.integer(Code.variableString)
            writer.integer(padding.rawValue)
            writer.integer(characterSet.rawValue)
        case .opaque(let size, let tag):
            writer.integer(Code.opaque)
            writer.varint(size)
            writer.string(tag)
        case .enumeration(let base, let members):
            writer.integer(Code.enumeration)
            encode(base, to: &writer)
            writer.varint(members.count)
            for member in members {
                writer.string(member.name)
                writer.block(member.value)
            }
        case .compound(let size, let members):
            writer.integer(Code.compound)
            writer.varint(size)
            writer.varint(members.count)
            for member in members {
                writer.string(member.name)
                writer.varint(member.offset)
                encode(member.type, to: &writer)
            }
        case .array(let dimensions, let base):
            writer.integer(Code.array)
            writer.varint(dimensions.count)
            for extent in dimensions { writer.varint(extent) }
            encode(base, to: &writer)
        case .sequence(let base):
            writer.integer(Code.sequence)
            encode(base, to: &writer)
        }
    }

    private static func fields(_ layout: FloatLayout) -> [Int] {
        [
            layout.size, layout.precision, layout.offset, layout.signPosition, layout.exponentPosition,
            layout.exponentSize, layout.exponentBias, layout.mantissaPosition, layout.mantissaSize,
            layout.normalization,
        ]
    }

    static func decode(_ reader: inout ByteReader, depth: Int = 0) throws -> ValueType {
        guard depth < SPMLimits.maximumTypeDepth else { throw reader.failure("A type nests too deep.") }
        let code: UInt8 = try reader.integer("type")
        switch code {
        case Code.integer:
            let size = try size(&reader)
            let isSigned = try DatasetCoder.flag(&reader)
            return .integer(size: size, isSigned: isSigned, order: try order(&reader))
        case Code.float:
            return .float(try float(&reader))
        case Code.bitfield:
            let size = try size(&reader)
            return .bitfield(size: size, order: try order(&reader))
        case Code.fixedString:
            let size = try size(&reader)
            let padding = try padding(&reader)
            return .fixedString(size: size, padding: padding, characterSet: try characterSet(&reader))
        case Code.variableString:
            let padding = try padding(&reader)
            return .variableString(padding: padding, characterSet: try characterSet(&reader))
        case Code.opaque:
            let size = try size(&reader)
            return .opaque(size: size, tag: try reader.string("opaque tag"))
        case Code.enumeration:
            let base = try decode(&reader, depth: depth + 1)
            let count = try reader.count("count of enumeration members", minimumBytes: 2)
            let members = try (0..<count).map { _ in
                let name = try reader.string("member name")
                return ValueType.EnumerationMember(name: name, value: try reader.block("member value"))
            }
            guard case .integer(let size, _, _) = base, members.allSatisfy({ $0.value.count == size }) else {
                throw reader.failure("An enumeration is not one of integers.")
            }
            return .enumeration(base: base, members: members)
        case Code.compound:
            return try compound(&reader, depth: depth)
        case Code.array:
            let dimensions = try DatasetCoder.extents(&reader)
            let base = try decode(&reader, depth: depth + 1)
            guard let size = base.fixedSize else { throw reader.failure("An array has elements of no fixed size.") }
            _ = try self.size(Checked.multiply(try Shape(dimensions).elementCount, size, "size of an array"), reader)
            return .array(dimensions: dimensions, base: base)
        case Code.sequence:
            let base = try decode(&reader, depth: depth + 1)
            guard base.fixedSize != nil else { throw reader.failure("A sequence has elements of no fixed size.") }
            return .sequence(base: base)
        default:
            throw reader.failure("A value has the unknown type \(code).")
        }
    }

    private static func compound(_ reader: inout ByteReader, depth: Int) throws -> ValueType {
        let total = try size(&reader)
        let count = try reader.count("count of compound members", minimumBytes: 4)
        let members = try (0..<count).map { _ in
            let name = try reader.string("member name")
            let offset = try reader.varint("member offset")
            let type = try decode(&reader, depth: depth + 1)
            guard let size = type.fixedSize, size <= total, offset <= total - size else {
                throw reader.failure("The member '\(name)' does not fit its compound of \(total) bytes.")
            }
            return ValueType.CompoundMember(name: name, offset: offset, type: type)
        }
        return .compound(size: total, members: members)
    }

    private static func float(_ reader: inout ByteReader) throws -> FloatLayout {
        let order = try order(&reader)
        var fields: [Int] = []
        for _ in 0..<10 {
            fields.append(try reader.varint("field of a floating-point type"))
        }
        let bits = try size(fields[0], reader) * 8
        guard
            fields[1] <= bits, fields[2] < bits, fields[3] < bits, fields[4] < bits, fields[5] <= bits,
            fields[6] <= Int(UInt32.max), fields[7] < bits, fields[8] <= bits, fields[9] <= 2
        else { throw reader.failure("A floating-point type has fields outside its \(bits) bits.") }
        return FloatLayout(
            size: fields[0], order: order, precision: fields[1], offset: fields[2], signPosition: fields[3],
            exponentPosition: fields[4], exponentSize: fields[5], exponentBias: fields[6],
            mantissaPosition: fields[7], mantissaSize: fields[8], normalization: fields[9])
    }

    private static func size(_ reader: inout ByteReader) throws -> Int {
        try size(try reader.varint("size of a type"), reader)
    }

    private static func size(_ value: Int, _ reader: ByteReader) throws -> Int {
        guard (1...SPMLimits.maximumIndexBytes).contains(value) else {
            throw reader.failure("A type has elements of \(value) bytes.")
        }
        return value
    }

    private static func order(_ reader: inout ByteReader) throws -> ValueType.ByteOrder {
        try DatasetCoder.flag(&reader) ? .big : .little
    }

    private static func padding(_ reader: inout ByteReader) throws -> StringPadding {
        let code: UInt8 = try reader.integer("string padding")
        guard let padding = StringPadding(rawValue: code) else {
            throw reader.failure("A string has the unknown padding \(code).")
        }
        return padding
    }

    private static func characterSet(_ reader: inout ByteReader) throws -> CharacterSet {
        try DatasetCoder.flag(&reader) ? .utf8 : .ascii
    }
}

internal import CHDF5
internal import ModelIO
internal import Tensors

/// Describes types of libhdf5 as values.
struct TypeReader {
    enum Outcome {
        case type(ValueType)
        /// A type that `ValueType` has no words for, and why.
        case uncarried(String)
    }

    /// - Throws: where the declaration contradicts itself.
    static func describe(_ type: Handle) throws -> Outcome {
        do {
            return .type(try TypeReader().read(type, depth: 0))
        } catch let reason as Uncarried {
            return .uncarried(reason.what)
        }
    }

    private struct Uncarried: Error { var what: String }

    private static let maximumDepth = 16

    private func read(_ type: Handle, depth: Int) throws -> ValueType {
        guard depth < Self.maximumDepth else {
            throw SparsifyError(.limit, "A type is nested more than \(Self.maximumDepth) deep.")
        }
        let size = try Library.value("read the size of a type") { H5Tget_size(type.id) }
        guard size > 0 else { throw SparsifyError(.malformed, "A type has a size of zero bytes.") }
        let result = try read(type, size: size, depth: depth)
        guard result.fixedSize ?? size == size else {
            throw SparsifyError(.malformed, "A type of \(size) bytes describes itself as having another size.")
        }
        return result
    }

    private func read(_ type: Handle, size: Int, depth: Int) throws -> ValueType {
        switch H5T_class_t(try Library.call("read the class of a type") { H5Tget_class(type.id).rawValue }) {
        case H5T_INTEGER:
            try requireWhole(type, size: size, "integers")
            let sign = try Library.call("read the sign of a type") { H5Tget_sign(type.id).rawValue }
            return .integer(size: size, isSigned: sign == H5T_SGN_2.rawValue, order: try order(of: type))
        case H5T_FLOAT:
            return .float(try floatLayout(of: type, size: size))
        case H5T_BITFIELD:
            try requireWhole(type, size: size, "bit fields")
            return .bitfield(size: size, order: try order(of: type))
        case H5T_STRING:
            return try string(type, size: size)
        case H5T_OPAQUE:
            return .opaque(size: size, tag: try text("read a tag") { H5Tget_tag(type.id) })
        case H5T_COMPOUND:
            return .compound(size: size, members: try compoundMembers(of: type, size: size, depth: depth))
        case H5T_ENUM:
            return try enumeration(type, size: size, depth: depth)
        case H5T_ARRAY:
            return try array(type, depth: depth)
        case H5T_VLEN:
            let base = try read(try superType(of: type), depth: depth + 1)
            guard base.fixedSize != nil else { throw Uncarried(what: "sequences of variable-length elements") }
            return .sequence(base: base)
        case H5T_REFERENCE:
            throw Uncarried(what: "references to other objects")
        default:
            throw Uncarried(what: "a class of types that is not known here")
        }
    }

    // MARK: Atomic types

    /// Integers and bit fields of 1, 2, 4 or 8 bytes, all of whose bits count.
    private func requireWhole(_ type: Handle, size: Int, _ what: String) throws {
        let precision = try Library.value("read the precision of a type") { H5Tget_precision(type.id) }
        let offset = try Library.call("read the bit offset of a type") { H5Tget_offset(type.id) }
        guard [1, 2, 4, 8].contains(size), precision == 8 * size, offset == 0 else {
            throw Uncarried(what: "\(what) of \(precision) bits in \(size) bytes")
        }
    }

    private func order(of type: Handle) throws -> ValueType.ByteOrder {
        switch H5T_order_t(try Library.call("read the byte order of a type") { H5Tget_order(type.id).rawValue }) {
        case H5T_ORDER_LE: return .little
        case H5T_ORDER_BE: return .big
        default: throw Uncarried(what: "numbers in a byte order other than little or big endian")
        }
    }

    private func floatLayout(of type: Handle, size: Int) throws -> FloatLayout {
        let order = try order(of: type)
        var (sign, exponent, exponentSize, mantissa, mantissaSize) = (0, 0, 0, 0, 0)
        try Library.call("read the fields of a type") {
            H5Tget_fields(type.id, &sign, &exponent, &exponentSize, &mantissa, &mantissaSize)
        }
        return FloatLayout(
            size: size, order: order,
            precision: try Library.value("read the precision of a type") { H5Tget_precision(type.id) },
            offset: Int(try Library.call("read the bit offset of a type") { H5Tget_offset(type.id) }),
            signPosition: sign, exponentPosition: exponent, exponentSize: exponentSize,
            exponentBias: try Library.value("read the exponent bias of a type") { H5Tget_ebias(type.id) },
            mantissaPosition: mantissa, mantissaSize: mantissaSize,
            normalization: Int(try Library.call("read a normalization") { H5Tget_norm(type.id).rawValue }))
    }

    private func string(_ type: Handle, size: Int) throws -> ValueType {
        let padding = try Library.call("read a string padding") { H5Tget_strpad(type.id).rawValue }
        let characters = try Library.call("read a character set") { H5Tget_cset(type.id).rawValue }
        guard let padding = UInt8(exactly: padding).flatMap(StringPadding.init),
            let characters = UInt8(exactly: characters).flatMap(CharacterSet.init)
        else { throw Uncarried(what: "strings with an unknown padding or character set") }
        return try Library.call("read the kind of a string") { H5Tis_variable_str(type.id) } > 0
            ? .variableString(padding: padding, characterSet: characters)
            : .fixedString(size: size, padding: padding, characterSet: characters)
    }

    // MARK: Composed types

    private func superType(of type: Handle) throws -> Handle {
        try Handle("read the base of a type") { H5Tget_super(type.id) }
    }

    private func memberNames(of type: Handle) throws -> [String] {
        let count = try Library.call("count the members of a type") { H5Tget_nmembers(type.id) }
        return try (0..<UInt32(count)).map { index in
            try text("read the name of a member") { H5Tget_member_name(type.id, index) }
        }
    }

    private func compoundMembers(of type: Handle, size: Int, depth: Int) throws -> [ValueType.CompoundMember] {
        try memberNames(of: type).enumerated().map { index, name in
            let member = try Handle("read the type of a member") { H5Tget_member_type(type.id, UInt32(index)) }
            let description = try read(member, depth: depth + 1)
            guard let memberSize = description.fixedSize else {
                throw Uncarried(what: "compounds with variable-length members")
            }
            let offset = try Library.value("read the place of a member") {
                H5Tget_member_offset(type.id, UInt32(index))
            }
            guard offset >= 0, memberSize <= size, offset <= size - memberSize else {
                throw SparsifyError(.malformed, "The member '\(name)' of a compound lies outside of it.")
            }
            return .init(name: name, offset: offset, type: description)
        }
    }

    private func enumeration(_ type: Handle, size: Int, depth: Int) throws -> ValueType {
        let base = try read(try superType(of: type), depth: depth + 1)
        guard base.fixedSize == size else {
            throw SparsifyError(.malformed, "An enumeration of \(size) bytes has a base type of another size.")
        }
        let members = try memberNames(of: type).enumerated().map { index, name in
            var value = [UInt8](repeating: 0, count: size)
            try Library.call("read the value of a member") { H5Tget_member_value(type.id, UInt32(index), &value) }
            return ValueType.EnumerationMember(name: name, value: value)
        }
        return .enumeration(base: base, members: members)
    }

    private func array(_ type: Handle, depth: Int) throws -> ValueType {
        let base = try read(try superType(of: type), depth: depth + 1)
        guard var product = base.fixedSize else { throw Uncarried(what: "arrays of variable-length elements") }
        let rank = try Library.call("read the rank of an array type") { H5Tget_array_ndims(type.id) }
        guard rank <= H5S_MAX_RANK else { throw SparsifyError(.malformed, "An array type has \(rank) dimensions.") }
        var extents = [hsize_t](repeating: 0, count: Int(rank))
        try Library.call("read the extents of an array type") { H5Tget_array_dims2(type.id, &extents) }
        let dimensions = try extents.map { try Checked.int(UInt64($0), "extent of an array type") }
        for extent in dimensions {
            guard extent > 0 else { throw SparsifyError(.malformed, "An array type has an extent of zero.") }
            product = try Checked.multiply(product, extent, "size of an array type")
        }
        return .array(dimensions: dimensions, base: base)
    }

    /// A string that libhdf5 allocated.
    private func text(_ action: String, _ body: () -> UnsafeMutablePointer<CChar>?) throws -> String {
        guard let pointer = try Library.value(action, body) else {
            throw SparsifyError(.malformed, "HDF5 could not \(action).")
        }
        defer { Library.quietly { H5free_memory(pointer) } }
        return String(cString: pointer)
    }
}

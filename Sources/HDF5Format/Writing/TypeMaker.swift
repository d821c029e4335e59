internal import CHDF5
internal import ModelIO
internal import Tensors

/// Makes libhdf5's types from their descriptions, which may come from a file that nobody has checked.
struct TypeMaker {
    let handle: Handle
    /// Bytes of one element in memory and in files; meaningless for variable-length types.
    let size: Int
    let isVariableLength: Bool

    private static let maximumDepth = 16

    init(_ type: ValueType, depth: Int = 0) throws {
        guard depth < Self.maximumDepth else {
            throw SparsifyError(.limit, "A type is nested more than \(Self.maximumDepth) deep.")
        }
        handle = try Self.make(type, depth: depth)
        size = try Library.value("measure a type") { [handle] in H5Tget_size(handle.id) }
        switch type {
        case .variableString, .sequence: isVariableLength = true
        default: isVariableLength = false
        }
    }

    private static func make(_ type: ValueType, depth: Int) throws -> Handle {
        switch type {
        case .integer(let size, let isSigned, let order):
            try standard("integer", size) { chdf5_standard_integer(size, isSigned ? 1 : 0, order == .big ? 1 : 0) }
        case .bitfield(let size, let order):
            try standard("bit field", size) { chdf5_standard_bitfield(size, order == .big ? 1 : 0) }
        case .float(let layout):
            try float(layout)
        case .fixedString(let size, let padding, let characters):
            try string(size: try positive(size), padding, characters)
        case .variableString(let padding, let characters):
            // The size that stands for variable length.
            try string(size: -1, padding, characters)
        case .opaque(let size, let tag):
            try opaque(size: try positive(size), tag: tag)
        case .enumeration(let base, let members):
            try enumeration(base, members, depth: depth)
        case .compound(let size, let members):
            try compound(size: try positive(size), members, depth: depth)
        case .array(let dimensions, let base):
            try array(dimensions, base, depth: depth)
        case .sequence(let base):
            try sequence(base, depth: depth)
        }
    }

    private static func positive(_ size: Int) throws -> Int {
        guard size > 0, size <= Int(Int32.max) else {
            throw SparsifyError(.malformed, "A type is declared to have \(size) bytes.")
        }
        return size
    }

    /// The base of a composed type, which must have a fixed size.
    private static func fixed(_ type: ValueType, depth: Int) throws -> TypeMaker {
        let base = try TypeMaker(type, depth: depth + 1)
        guard !base.isVariableLength else {
            throw SparsifyError(.unsupported, "Types composed of variable-length elements are not supported.")
        }
        return base
    }

    private static func standard(_ what: String, _ size: Int, _ type: () -> hid_t) throws -> Handle {
        guard [1, 2, 4, 8].contains(size) else {
            throw SparsifyError(.malformed, "A type is declared as \(what) of \(size) bytes.")
        }
        return try Handle("make an \(what) type") { H5Tcopy(type()) }
    }

    private static func string(size: Int, _ padding: StringPadding, _ characters: CharacterSet) throws -> Handle {
        let type = try Handle("make a string type") { H5Tcopy(chdf5_c_string()) }
        try Library.call("set the size of a string") { H5Tset_size(type.id, size) }
        try Library.call("set the padding of a string") {
            H5Tset_strpad(type.id, H5T_str_t(H5T_str_t.RawValue(padding.rawValue)))
        }
        try Library.call("set the character set of a string") {
            H5Tset_cset(type.id, H5T_cset_t(H5T_cset_t.RawValue(characters.rawValue)))
        }
        return type
    }

    private static func opaque(size: Int, tag: String) throws -> Handle {
        let type = try Handle("make an opaque type") { H5Tcreate(H5T_OPAQUE, size) }
        try Library.call("set the tag of a type") { H5Tset_tag(type.id, tag) }
        return type
    }

    private static func enumeration(
        _ base: ValueType, _ members: [ValueType.EnumerationMember], depth: Int
    ) throws -> Handle {
        let base = try fixed(base, depth: depth)
        let type = try Handle("make an enumeration type") { H5Tenum_create(base.handle.id) }
        for member in members {
            guard member.value.count == base.size else {
                throw SparsifyError(
                    .malformed, "The member '\(member.name)' of an enumeration has a value of another size.")
            }
            try Library.call("add the member '\(member.name)' to a type") {
                H5Tenum_insert(type.id, member.name, member.value)
            }
        }
        return type
    }

    private static func compound(size: Int, _ members: [ValueType.CompoundMember], depth: Int) throws -> Handle {
        let type = try Handle("make a compound type") { H5Tcreate(H5T_COMPOUND, size) }
        for member in members {
            let part = try fixed(member.type, depth: depth)
            guard member.offset >= 0, part.size <= size, member.offset <= size - part.size else {
                throw SparsifyError(.malformed, "The member '\(member.name)' of a compound lies outside of it.")
            }
            try Library.call("add the member '\(member.name)' to a type") {
                H5Tinsert(type.id, member.name, member.offset, part.handle.id)
            }
        }
        return type
    }

    private static func array(_ dimensions: [Int], _ base: ValueType, depth: Int) throws -> Handle {
        let base = try fixed(base, depth: depth)
        guard (1...Int(H5S_MAX_RANK)).contains(dimensions.count), dimensions.allSatisfy({ $0 > 0 }) else {
            throw SparsifyError(.malformed, "An array type has the extents \(dimensions).")
        }
        _ = try positive(
            try Checked.multiply(try Shape(dimensions).elementCount, base.size, "size of an array type"))
        return try Handle("make an array type") {
            H5Tarray_create2(base.handle.id, UInt32(dimensions.count), dimensions.map { hsize_t($0) })
        }
    }

    private static func sequence(_ base: ValueType, depth: Int) throws -> Handle {
        let base = try fixed(base, depth: depth)
        return try Handle("make a sequence type") { H5Tvlen_create(base.handle.id) }
    }
}

extension TypeMaker {
    private static func float(_ layout: FloatLayout) throws -> Handle {
        let places = [
            layout.size, layout.precision, layout.offset, layout.signPosition, layout.exponentPosition,
            layout.exponentSize, layout.exponentBias, layout.mantissaPosition, layout.mantissaSize,
        ]
        guard places.allSatisfy({ (0...Int(Int32.max)).contains($0) }), layout.size > 0 else {
            throw SparsifyError(.malformed, "A floating-point type is declared with impossible fields.")
        }
        let type = try Handle("make a floating-point type") { H5Tcopy(chdf5_float64()) }
        let resize = { H5Tset_size(type.id, layout.size) }
        let rearrange = {
            let result = H5Tset_fields(
                type.id, layout.signPosition, layout.exponentPosition, layout.exponentSize, layout.mantissaPosition,
                layout.mantissaSize)
            return result
        }
        // libhdf5 wants the fields to fit at every step.
        if layout.size > 8 {
            try Library.call("set the size of a type", resize)
            try Library.call("set the precision of a type") { H5Tset_precision(type.id, layout.precision) }
            try Library.call("set the fields of a type", rearrange)
        } else {
            try Library.call("set the fields of a type", rearrange)
            try Library.call("set the precision of a type") { H5Tset_precision(type.id, layout.precision) }
            try Library.call("set the size of a type", resize)
        }
        try Library.call("set the bit offset of a type") { H5Tset_offset(type.id, layout.offset) }
        try Library.call("set the exponent bias of a type") { H5Tset_ebias(type.id, layout.exponentBias) }
        try Library.call("set the normalization of a type") {
            H5Tset_norm(type.id, H5T_norm_t(H5T_norm_t.RawValue(layout.normalization)))
        }
        try Library.call("set the byte order of a type") {
            H5Tset_order(type.id, layout.order == .big ? H5T_ORDER_BE : H5T_ORDER_LE)
        }
        guard case .type(.float(layout)) = try TypeReader.describe(type) else {
            throw SparsifyError(.unsupported, "HDF5 cannot store a floating-point type with these fields.")
        }
        return type
    }
}

internal import CHDF5
internal import ModelIO
internal import Tensors

/// The extents of a dataspace, with all products checked.
struct Extents {
    var extent: DataValue.Extent
    /// Extents to which it may grow, -1 for no bound; nil: it cannot grow.
    var maximumDimensions: [Int]?

    /// Empty for a scalar and for a null dataspace.
    var dimensions: [Int] {
        if case .simple(let dimensions) = extent { dimensions } else { [] }
    }

    init(of space: Handle) throws {
        switch H5S_class_t(
            try Library.call("read the class of a dataspace") { H5Sget_simple_extent_type(space.id).rawValue })
        {
        case H5S_NULL: extent = .null
        case H5S_SCALAR: extent = .scalar
        case H5S_SIMPLE: (extent, maximumDimensions) = try Self.simple(space)
        default: throw SparsifyError(.malformed, "A dataspace is of no known class.")
        }
    }

    private static func simple(_ space: Handle) throws -> (DataValue.Extent, [Int]?) {
        let rank = Int(try Library.call("read the rank of a dataspace") { H5Sget_simple_extent_ndims(space.id) })
        guard rank <= Int(H5S_MAX_RANK) else { throw SparsifyError(.malformed, "A dataspace has \(rank) dimensions.") }
        var current = [hsize_t](repeating: 0, count: max(rank, 1))
        var maximum = current
        try Library.call("read the extents of a dataspace") {
            H5Sget_simple_extent_dims(space.id, &current, &maximum)
        }
        let dimensions = try current.prefix(rank).map { try Checked.int(UInt64($0), "extent of a dataspace") }
        let bounds = try maximum.prefix(rank).map {
            $0 == chdf5_unlimited() ? -1 : try Checked.int(UInt64($0), "maximum extent of a dataspace")
        }
        guard zip(dimensions, bounds).allSatisfy({ $1 == -1 || $0 <= $1 }) else {
            throw SparsifyError(.malformed, "A dataspace of \(dimensions) may grow to \(bounds) only.")
        }
        return (.simple(dimensions), bounds == dimensions ? nil : bounds)
    }

    func elementCount() throws -> Int {
        switch extent {
        case .null: return 0
        case .scalar: return 1
        case .simple(let dimensions):
            // Overflow counts even where a zero follows.
            _ = try Shape(dimensions.filter { $0 != 0 })
            return try Shape(dimensions).elementCount
        }
    }
}

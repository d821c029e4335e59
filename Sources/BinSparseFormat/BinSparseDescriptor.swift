internal import Tensors

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// The description of one array, as JSON in the attribute `binsparse` of its group.
struct BinSparseDescriptor: Codable, Hashable {
    static let attribute = "binsparse"

    struct Binsparse: Codable, Hashable {
        var version: String?
        var format: String
        var shape: [Int]
        var storedCount: Int?
        var types: [String: String]
        var fill: Bool?
        var structure: String?

        enum CodingKeys: String, CodingKey {
            case version, format, shape, fill, structure
            case storedCount = "number_of_stored_values"
            case types = "data_types"
        }
    }

    /// What is said beside the specification's own keys, which it allows.
    struct Origin: Codable, Hashable {
        /// Extents of the tensor whose matrix this is, where it has not two.
        var shape: [Int]?
        /// The name of the tensor, where its matrix is the only one and lies at the root.
        var name: String?
    }

    var binsparse: Binsparse
    var sparsify: Origin?

    /// - Throws: `malformed` where the text is no description, `unsupported` where it is of what is not read.
    init(parsing text: String) throws(SparsifyError) {
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(text.utf8))
        } catch {
            let isCustom = text.contains("\"level\"")
            throw SparsifyError(
                isCustom ? .unsupported : .malformed,
                isCustom
                    ? "The array is in a format of levels of its own, which is not read."
                    : "The attribute '\(Self.attribute)' is no description of an array.")
        }
        guard binsparse.structure == nil else {
            throw SparsifyError(
                .unsupported, "The matrix is \(binsparse.structure ?? ""): half of it is not stored, which is not read."
            )
        }
        guard binsparse.fill != true else {
            throw SparsifyError(.unsupported, "What is not stored is not zero in this array, which is not read.")
        }
        guard binsparse.shape.allSatisfy({ $0 >= 0 }) else {
            throw SparsifyError(.malformed, "The array has the shape \(binsparse.shape).")
        }
    }

    init(format: String, shape: [Int], count: Int, types: [String: String], origin: Origin?) {
        binsparse = Binsparse(
            version: "0.1.0", format: format, shape: shape, storedCount: count, types: types)
        sparsify = origin
    }

    var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: try! encoder.encode(self), as: UTF8.self)
    }

    /// The name of a type of elements; nil where binsparse has none.
    static func name(_ type: ElementType) -> String? {
        switch type {
        case .float32, .float64, .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64: type.name
        default: nil
        }
    }
}

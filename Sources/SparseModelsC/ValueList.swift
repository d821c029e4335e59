internal import CSparsify
internal import Tensors

/// Names and shapes of inputs or outputs, in memory that C may look at for as long as this lives.
final class ValueList: @unchecked Sendable {
    // Never changed once made.
    private let values: UnsafeMutableBufferPointer<sparsify_value>
    private let text: UnsafeMutableBufferPointer<CChar>
    private let extents: UnsafeMutableBufferPointer<Int64>

    var count: Int { values.count }

    /// - Parameter shapes: nil for one that is not known, and for an extent that is left open.
    init(names: [String], shapes: [[Int?]?]) {
        let texts = names.map(\.utf8CString)
        text = .allocate(capacity: texts.reduce(0) { $0 + $1.count })
        extents = .allocate(capacity: shapes.reduce(0) { $0 + ($1?.count ?? 0) })
        values = .allocate(capacity: names.count)
        var (textEnd, extentEnd) = (0, 0)
        for (index, shape) in shapes.enumerated() {
            let name = text[textEnd...].storing(texts[index])
            textEnd += name.count
            let list = extents[extentEnd...].storing((shape ?? []).map { Int64($0 ?? -1) })
            extentEnd += list.count
            values.initializeElement(
                at: index,
                to: sparsify_value(
                    name: name.baseAddress, extents: list.isEmpty ? nil : UnsafePointer(list.baseAddress),
                    rank: list.count, element_count: Self.elementCount(shape)))
        }
    }

    deinit {
        values.deallocate()
        text.deallocate()
        extents.deallocate()
    }

    subscript(index: Int) -> UnsafePointer<sparsify_value>? {
        values.indices.contains(index) ? UnsafePointer(values.baseAddress! + index) : nil
    }

    private static func elementCount(_ shape: [Int?]?) -> Int {
        guard let shape else { return 0 }
        let extents = shape.compactMap(\.self)
        return extents.count == shape.count ? (try? Shape(extents).elementCount) ?? 0 : 0
    }
}

extension Slice {
    /// Stores elements at the start of a part of a buffer.
    ///
    /// - Returns: where they lie.
    fileprivate func storing<Element>(_ elements: some Collection<Element>) -> UnsafeMutableBufferPointer<Element>
    where Base == UnsafeMutableBufferPointer<Element> {
        let place = UnsafeMutableBufferPointer(rebasing: prefix(elements.count))
        _ = place.initialize(fromContentsOf: elements)
        return place
    }
}

internal import Tensors

/// The extents of one example of a value, without the batch axis, outermost first. Nil is an extent that the model
/// leaves open.
public typealias Extents = [Int?]

extension Extents {
    /// Product of the extents; nil where one is open.
    func elementCount(_ what: String) throws(SparsifyError) -> Int? {
        var product = 1
        for extent in self {
            guard let extent else { return nil }
            product = try Checked.multiply(product, extent, what)
        }
        return product
    }

    /// The extents as Keras shows them, `None` for an open one: `(28, 28, None)`.
    var text: String {
        let names = map { $0.map(String.init) ?? "None" }
        return names.count == 1 ? "(\(names[0]),)" : "(" + names.joined(separator: ", ") + ")"
    }

    /// The position of a Keras axis, which counts the batch as axis 0 and may count from the end.
    func position(ofKerasAxis axis: Int) throws(SparsifyError) -> Int {
        let position = axis < 0 ? axis + count : axis - 1
        guard axis != 0, indices.contains(position) else {
            throw SparsifyError(.malformed, "There is no axis \(axis) in a value of shape \(text).")
        }
        return position
    }
}

internal import Networks
internal import Tensors

/// What is known of a value of a graph.
struct GraphValue {
    enum Content {
        case constant(HostTensor)
        /// An initialiser whose elements were not looked at.
        case parameter(GraphParameter)
        case computed(ComputedValue)
        /// The value is not understood, for this reason.
        case unknown(String)
    }

    var content: Content
    var isInteger = false

    init(_ content: Content, isInteger: Bool = false) {
        self.content = content
        self.isInteger = isInteger
    }

    init(_ tensor: HostTensor) { self.init(.constant(tensor), isInteger: tensor.isInteger) }
}

/// An initialiser, or a view of one.
struct GraphParameter: Hashable {
    /// Position among the tensors of the file.
    var tensor: Int
    var view: TensorView

    var dimensions: [Int] { view.dimensions }
}

/// A value that the network computes. One axis of it counts the examples, and is none of the program's.
struct ComputedValue {
    var id: ValueID
    /// Position of the examples among the axes.
    var batch: Int
    /// What the examples' axis was merged with.
    var folded = Merged()
    /// Number of spatial axes, where the program has the channels (axis 1) behind them; nil: the axes are in the
    /// graph's order.
    var spatial: Int?

    /// Axes that are one with that of the examples: in the program there are copies of the value for them.
    struct Merged: Hashable {
        /// Extents of axes that lay before the examples, and behind them.
        var outer: [Int?] = []
        var inner: [Int?] = []

        var all: [Int?] { outer + inner }
        var isEmpty: Bool { all.isEmpty }
    }

    /// The position among the extents of an axis of the graph's value; nil for the one of the examples.
    func position(_ axis: Int) -> Int? {
        if axis == batch { return nil }
        if let spatial { return axis == 1 ? spatial : axis - 2 }
        return axis < batch ? axis : axis - 1
    }
}

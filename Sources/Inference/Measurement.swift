/// How long a network takes for a batch, in all and layer by layer.
public struct Measurement: Sendable, Hashable {
    /// The median of several runs, in milliseconds.
    public var milliseconds: Double
    /// Layers in the order they run; those that are part of another are with it.
    public var layers: [Layer]
    /// Bytes that values and scratch memory take.
    public var memoryBytes: Int

    public struct Layer: Sendable, Hashable {
        public var name: String
        /// Mean of the runs, in milliseconds of one thread's share.
        public var milliseconds: Double
        /// Whether products with zeros are left out.
        public var isSparse: Bool
        /// Elements of the weights that products are done with, and how many are not zero; 0 without such.
        public var weights: Int
        public var nonzeros: Int
        /// Products of weights that are not zero.
        public var products: Int
        /// The sparsity from which the sparse kernel should take less time, by the cost model; nil where there is none.
        public var breakEvenSparsity: Double?
    }
}

/// What the weights are trained to make small. Values are means over the examples (and over the positions of a sequence).
public enum LossKind: String, Sendable, Hashable, CaseIterable {
    /// −log of the probability of the right class, or −Σ y · log p where labels are probabilities.
    case crossEntropy = "cross-entropy"
    /// −y · log p − (1 − y) · log(1 − p), the mean over elements.
    case binaryCrossEntropy = "binary-cross-entropy"
    /// (z − y)², the mean over elements.
    case meanSquaredError = "mean-squared-error"
}

/// The right answers.
public enum Labels: Sendable {
    /// Numbers of classes, one for each example, or each position of each.
    case classes([Int32])
    /// Arrays like the output.
    case values([Float])
}

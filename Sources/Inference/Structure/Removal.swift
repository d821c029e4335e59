/// Channels of a layer with weights that a network runs without, because of zeros in its weights. What the network
/// computes stays the same but for rounding.
public struct Removal: Sendable, Hashable, Encodable {
    /// Path of the layer. A layer that is called several times has one of these for each call that lost something.
    public var layer: String
    /// Outputs that depend on no input, because all weights into them are zero or meet only such outputs: what they
    /// always are has become part of biases.
    public var constantOutputs: Int
    /// Outputs that all weights out of them are zero for, so that nobody reads them.
    public var unreadOutputs: Int
    /// Of how many.
    public var outputs: Int
    /// Inputs that are not read, for either reason.
    public var removedInputs: Int
    /// Of how many.
    public var inputs: Int
}

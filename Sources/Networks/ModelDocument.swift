/// What the file of a model says of its network, and of what its tensors are for.
public struct ModelDocument: Sendable {
    /// How the file is laid out, in words; nil where there is nothing to say.
    public var layoutName: String?
    public var network: Network?
    /// Why there is no network, as a sentence; nil where there is one.
    public var networkIssue: String?
    /// One for each tensor, in the order of the file.
    public var roles: [TensorRole]
    /// Parameters of the network that no tensor holds: constants of its description.
    public var literals: [ParameterReference: [Double]]

    public init(
        layoutName: String?, network: Network?, networkIssue: String?, roles: [TensorRole],
        literals: [ParameterReference: [Double]] = [:]
    ) {
        self.layoutName = layoutName
        self.network = network
        self.networkIssue = networkIssue
        self.roles = roles
        self.literals = literals
    }
}

internal import ModelIO
internal import Tensors

/// Which tensors of a model may be pruned, and why.
struct TensorSelection {
    struct Choice: Sendable {
        var isPrunable: Bool
        var reason: String
    }

    let choices: [Choice]
    /// Indices of the prunable tensors.
    var prunable: [Int] { choices.indices.filter { choices[$0].isPrunable } }

    /// The same choices for a file that keeps the tensors in another order.
    func inOrder(_ order: TensorOrder) -> TensorSelection { TensorSelection(choices: order(choices)) }

    private init(choices: [Choice]) { self.choices = choices }

    /// Starts from what the model says of each tensor; `include` then leaves only those it matches, and `exclude`
    /// takes out those it matches. A pattern without wildcards that names a floating-point tensor includes it whatever
    /// its role is.
    ///
    /// - Throws: `usage` where a pattern matches no tensor, so that a slip of the pen is not taken for consent.
    init(_ tensors: [TensorInfo], defaults: [Choice], include: [String], exclude: [String]) throws {
        let include = include.map(Glob.init)
        let exclude = exclude.map(Glob.init)
        for glob in include + exclude where !tensors.contains(where: { glob.matches($0.name) }) {
            throw SparsifyError(
                .usage, "No tensor's name matches the pattern '\(glob.pattern)'.",
                remedy: "`sparsify inspect` lists the names.")
        }
        choices = zip(tensors, defaults).map { tensor, choice in
            if let glob = exclude.first(where: { $0.matches(tensor.name) }) {
                return Choice(isPrunable: false, reason: "excluded by '\(glob.pattern)'")
            }
            guard !include.isEmpty else { return choice }
            guard include.contains(where: { $0.matches(tensor.name) }) else {
                return choice.isPrunable ? Choice(isPrunable: false, reason: "not included") : choice
            }
            guard
                choice.isPrunable
                    || (include.contains { $0.isExactly(tensor.name) } && tensor.elementType.isFloatingPoint)
            else { return choice }
            return Choice(isPrunable: true, reason: choice.isPrunable ? choice.reason : "included by name")
        }
    }
}

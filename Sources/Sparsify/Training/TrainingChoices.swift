/// What a request leaves to the criterion: its own words, or what is usual.
///
/// A criterion that is learned wants a step of its own for each variable. It prunes at once what it has found, or step by step to
/// where it is told to.
struct TrainingChoices: Sendable, Hashable {
    var optimizer: String
    var schedule: String
    /// Shares of the training between which weights are pruned.
    var start: Double
    var end: Double
    /// From where to where a learned criterion prunes: before, weights and noise find one another; after, what is kept is
    /// trained by itself.
    private static let learning = (start: 0.2, end: 0.8)
    private static let others = (start: 0.0, end: 0.5)

    init(_ request: TrainingRequest, for entry: CriterionEntry) {
        let isLearned = entry.needs == .training
        optimizer = request.optimizer ?? (isLearned ? "adam" : "nesterov")
        schedule = request.schedule ?? (isLearned && request.choosesSparsity ? "one-shot" : "cubic")
        let usual = isLearned ? Self.learning : Self.others
        if schedule == "one-shot" {
            start = request.start ?? (isLearned ? request.end ?? usual.end : usual.start)
            end = request.end ?? start
        } else {
            start = request.start ?? usual.start
            end = request.end ?? max(usual.end, start)
        }
    }
}

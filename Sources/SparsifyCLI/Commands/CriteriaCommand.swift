internal import ArgumentParser
internal import Pruning
internal import Reports
internal import Sparsify

struct CriteriaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "criteria", abstract: "List the pruning criteria and allocations, and what each needs.",
        discussion: """
            A criterion that needs activations is given examples with --data; labels are not needed. One that needs \
            gradients is given labels too. One that is learned needs a training: labels, and --epochs.
            """)

    @Flag(help: "Print the list as JSON.")
    var json = false

    private struct Criterion: Encodable {
        var criterion: String
        var needs: CriterionNeeds
        var usesSeed: Bool
        var summary: String
    }

    private struct Allocation: Encodable {
        var allocation: String
        var summary: String
    }

    private struct Listing: Encodable {
        var criteria: [Criterion]
        var allocations: [Allocation]
    }

    func run() throws {
        let listing = Listing(
            criteria: Catalog.criteria.map {
                Criterion(criterion: $0.id, needs: $0.needs, usesSeed: $0.usesSeed, summary: $0.summary)
            },
            allocations: [Allocation(allocation: "global", summary: "the scores of all weights are compared")]
                + Catalog.allocations.map { Allocation(allocation: $0.id, summary: $0.summary) }
                + [
                    Allocation(
                        allocation: "budget",
                        summary: "the least loss by what each tensor was measured to cost alone, on --data (OBC, 2022)")
                ])
        if json { return Terminal.write(JSONText.encode(listing)) }
        let criteria = Table(
            columns: ["criterion", "needs", "score"].map { .init(title: $0, isNumeric: false) },
            rows: listing.criteria.map { [$0.criterion, $0.needs.rawValue, $0.summary] })
        let allocations = Table(
            columns: ["allocation", "rule"].map { .init(title: $0, isNumeric: false) },
            rows: listing.allocations.map { [$0.allocation, $0.summary] })
        Terminal.write(criteria.aligned + "\n" + allocations.aligned)
    }
}

internal import ModelIO
internal import Networks
internal import SPMFormat
internal import Tensors

/// Checks a file: every checksum, every chunk decoded, counts against what the file claims; and, against the dense
/// file it came from, every kept value bit for bit.
public struct VerifyJob: Sendable {
    public var input: String
    /// The dense file, if it is at hand.
    public var dense: String?
    public var options = JobOptions()

    public init(input: String) { self.input = input }

    /// What was checked, and what disagreed.
    public struct Outcome: Sendable, Hashable, Encodable {
        public var file: String
        public var against: String?
        public var tensors = 0
        public var elements = 0
        public var nonzeros = 0
        /// Elements that are zero here and not in the dense file.
        public var pruned: Int?
        /// A sentence for each disagreement; empty where all is well.
        public var disagreements: [String] = []

        public var isSound: Bool { disagreements.isEmpty }
    }

    /// - Throws: `malformed` where the file itself is damaged.
    public func run() throws -> Outcome {
        let model = try OpenModel(input, options: options)
        let reader = model.reader
        let scans = try TensorScan.scan(
            reader, outputs: reader.tensors.map { _ in nil }, threads: options.threads,
            cancellation: options.cancellation, progress: options.progress)
        var outcome = Outcome(file: input, against: dense)
        outcome.tensors = scans.count
        outcome.elements = reader.tensors.reduce(0) { $0 + $1.elementCount }
        outcome.nonzeros = scans.reduce(0) { $0 + $1.nonzeros }
        if let spm = reader as? SPMReader {
            for (index, scan) in scans.enumerated() where scan.nonzeros != spm.nonzeros(index) {
                outcome.disagreements.append(
                    "\(reader.tensors[index].name): \(scan.nonzeros) non-zeros, but the file claims \(spm.nonzeros(index))"
                )
            }
        }
        if let dense { try compare(reader, try OpenModel(dense, options: options), &outcome) }
        return outcome
    }

    private func compare(_ reader: any ModelReader, _ dense: OpenModel, _ outcome: inout Outcome) throws {
        // A file that was pruned has no training wrappers and no optimizer; its dense source may.
        let names = Set(dense.reader.tensors.map(\.name))
        let isDerived = !reader.tensors.allSatisfy { names.contains($0.name) }
        let prepared = isDerived ? try dense.prepared(keepingOptimizer: true) : dense
        let source = prepared.reader
        // Pruning drops the optimizer, but nothing else.
        let dispensable = Set(prepared.analysis.roles.filter(\.isOptimizerState).map(\.tensor))
        let comparison = TensorComparison(left: reader, right: source, options: options)
        var pruned = 0
        for pair in comparison.pairs {
            switch pair {
            case .both(let name, let left, let right):
                if let mismatch = comparison.declarationMismatch(left, right) {
                    outcome.disagreements.append("\(name): \(mismatch)")
                    continue
                }
                let difference = try comparison.compare(left, right)
                pruned += difference.onlyRight
                let changed = difference.differing - difference.onlyRight
                if changed > 0 {
                    outcome.disagreements.append(
                        "\(name): \(changed) kept values differ from the dense file, the first at element "
                            + "\(difference.firstChanged ?? 0)")
                }
            case .onlyLeft(let name): outcome.disagreements.append("\(name): the dense file has no such tensor")
            case .onlyRight(let name):
                if !dispensable.contains(name) {
                    outcome.disagreements.append("\(name): the dense file has this tensor, the other one lacks it")
                }
            }
        }
        outcome.pruned = pruned
    }
}

internal import Inference
internal import Tensors

/// A part of the examples: so many, or a share of them.
public enum DataShare: Sendable, Hashable {
    case count(Int)
    case share(Double)

    func count(of all: Int) -> Int {
        switch self {
        case .count(let count): count
        case .share(let share): Int((share * Double(all)).rounded())
        }
    }
}

extension CalibrationData {
    /// - Throws: `usage` where one of the parts would be empty.
    func split(keepingApart part: DataShare) throws -> (rest: CalibrationData, last: CalibrationData) {
        let last = part.count(of: count)
        guard last > 0, last < count else {
            throw SparsifyError(
                .usage, "Of \(count) examples \(last) cannot be kept apart for validation.",
                remedy: "Leave some on both sides.")
        }
        guard labels != nil else {
            throw SparsifyError(
                .usage, "Validation needs labels, and there are none.",
                remedy: "Give them as y in --data, or with --data-y FILE.")
        }
        return (try piece(0..<count - last), try piece(count - last..<count))
    }

    /// At most so many of the examples, chosen by a seed.
    func sample(_ most: Int, seed: UInt64) throws -> CalibrationData {
        guard most < count else { return self }
        var generator = SplitMix64(seed: seed)
        let chosen = generator.sample(most, of: count)
        func rows<T>(_ tensor: Tensor<T>) throws -> Tensor<T> {
            let length = tensor.shape.dropFirst().reduce(1, *)
            return try Tensor(
                shape: [most] + tensor.shape.dropFirst(),
                values: chosen.flatMap { tensor.values[$0 * length..<($0 + 1) * length] })
        }
        return CalibrationData(
            inputs: try inputs.map { try $0.chosen(chosen) }, labels: try labels.map(rows), labelSource: labelSource,
            rows: chosen.map { self.rows[$0] }, available: available, seed: seed, batch: batch, notes: notes)
    }

    private func piece(_ range: Range<Int>) throws -> CalibrationData {
        CalibrationData(
            inputs: try inputs.map { try $0.chosen(Array(range)) }, labels: try labels(range), labelSource: labelSource,
            rows: Array(rows[range]),
            available: available, seed: seed, batch: batch, notes: notes)
    }
}

import CProcessor
import Foundation
import Testing

@testable import Inference

/// The table as text.
@Suite struct CostTableTests {
    private static let title = "sparsify kernel costs 2\n"
    private static let example = CostTable(
        dense: [0.06, 0.06, 0.05, 0.035, 0.025, 0.0215, 0.02, 0.02],
        sparse: [0.30, 0.27, 0.14, 0.08, 0.05, 0.035, 0.025, 0.022], sliced: 0.07, turning: 0.2, gathering: 0.12,
        cacheByte: 0.04,
        memoryByte: 0.1)

    @Test func roundTrip() {
        for factor in [1, 1.0 / 3, 1e-300, 1e300] {
            var table = Self.example
            table.dense = table.dense.map { $0 * factor }
            table.turning *= factor
            #expect(CostTable(text: table.text) == table)
        }
        #expect(Self.example.text.hasPrefix(Self.title + "dense 0.06 0.06"))
    }

    /// What is put in place of what, in a text that is good.
    @Test(arguments: [
        ("costs 2", "costs 1"), ("sparsify", "Sparsify"), (title, ""), ("turning 0.2", "turning"),
        ("turning 0.2", "turning 0.2 0.3"), ("turning 0.2\n", ""), ("turning", "turnings"), ("0.2", "0,2"),
        ("turning 0.2", "turning nan"), ("turning 0.2", "turning -0.2"), ("turning 0.2", "turning inf"),
        ("dense 0.06", "dense"), ("dense 0.06", "dense 0.06 0.06"), ("sparse", "dense"),
        ("gathering", "other 1\ngathering"), ("gathering", "turning 0.2\ngathering"), ("memoryByte 0.1", "memoryByte"),
        ("cacheByte", ""), ("sliced 0.07\n", ""), ("gathering 0.12", "gathering 0.12 "), ("memoryByte 0.1\n", "memory"),
    ])
    func badTexts(old: String, new: String) throws {
        let good = Self.example.text
        let place = try #require(good.range(of: old))
        let bad = good.replacingCharacters(in: place, with: new)
        // Spaces at the end of a line mean nothing.
        #expect(CostTable(text: bad) == (new.hasSuffix("0.12 ") ? Self.example : nil))
    }

    @Test func cutTexts() {
        let good = Self.example.text
        for count in 0..<good.count - 1 {
            let cut = String(good.prefix(count))
            // A number may be cut to a shorter one.
            let isLastNumber = cut.hasSuffix("memoryByte 0") || cut.hasSuffix("memoryByte 0.")
            #expect(isLastNumber || CostTable(text: cut) == nil, "\(cut)")
        }
        #expect(CostTable(text: good + "\n\n") == Self.example)
    }

    /// Small and finite: what it takes for a kernel to be chosen by it.
    @Test func measured() throws {
        let table = CostTable.measured()
        for cost in table.dense + table.sparse + [table.turning, table.gathering, table.cacheByte, table.memoryByte] {
            #expect(cost > 0 && cost.isFinite)
        }
        #expect((table.sliced > 0) == (processor_level() >= PROCESSOR_AVX512.rawValue) && table.sliced.isFinite)
        #expect(table.dense.count == CostTable.rows.count && table.sparse.count == CostTable.rows.count)
        #expect(CostTable(text: table.text) == table)
    }
}

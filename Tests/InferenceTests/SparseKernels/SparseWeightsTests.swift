import CProcessor
import Testing

@testable import Inference

/// How parameters become sparse matrices, against plain loops over their elements.
@Suite struct SparseWeightsTests {
    static let layouts = [
        SparseLayout(outputs: 1, channels: 1), SparseLayout(outputs: 7, channels: 5),
        SparseLayout(outputs: 300, channels: 40), SparseLayout(outputs: 6, taps: 9, channels: 4),
        SparseLayout(outputs: 6, taps: 4, channels: 8, groups: 2),
        SparseLayout(outputs: 12, taps: 3, channels: 12, groups: 12),
        SparseLayout(outputs: 3, channels: 6, groups: 3),
        SparseLayout(outputs: 5, channels: 700, isBlocked: true),
        SparseLayout(outputs: 3, taps: 9, channels: 70, isBlocked: true),
        SparseLayout(outputs: 4, taps: 300, channels: 2, isBlocked: true),
        SparseLayout(outputs: 6, taps: 2, channels: 600, groups: 2, isBlocked: true),
    ]

    private static func count(_ layout: SparseLayout) -> Int {
        layout.outputs * layout.taps * layout.channels / layout.groups
    }

    /// Numbers of which one in `share` is not zero; none where it is 0.
    private static func numbers(_ layout: SparseLayout, share: UInt64) -> [Float] {
        var generator = SplitMix64(share)
        return (0..<count(layout)).map { _ in
            let (isKept, number) = (share > 0 && generator.next() % max(share, 1) == 0, Float(generator.number()))
            return isKept ? number : 0
        }
    }

    private static func elements(_ numbers: [Float]) -> SparseElements {
        let storage = Storage(numbers)
        return SparseElements(storage, count: storage.countNonzeros())
    }

    /// Inputs and weights of each output.
    private static func rows(_ weights: SparseWeights) -> [[Int: Float]] {
        (0..<weights.outputs).map { output in
            Dictionary(uniqueKeysWithValues: columns(weights, output).map { (Int($0), weights.values.base[$1]) })
        }
    }

    /// Columns of an output with the positions of their weights, as they lie.
    private static func columns(_ weights: SparseWeights, _ output: Int) -> [(UInt32, Int)] {
        (0..<weights.blocks).flatMap { block in
            let row = block * weights.outputs + output
            return (weights.starts[row]..<weights.starts[row + 1]).map { (UInt32(weights.column($0)), $0) }
        }
    }

    @Test(arguments: layouts, [0, 1, 2, 40] as [UInt64])
    func everyWeightComesToItsPlace(layout: SparseLayout, share: UInt64) throws {
        let numbers = Self.numbers(layout, share: share)
        var wanted = [[Int: Float]](repeating: [:], count: layout.outputs)
        let (outputs, channels) = (layout.outputs / layout.groups, layout.channels / layout.groups)
        for (index, number) in numbers.enumerated() where number != 0 {
            let (input, output) = index.quotientAndRemainder(dividingBy: layout.outputs)
            let (tap, channel) = input.quotientAndRemainder(dividingBy: channels)
            wanted[output][tap * layout.channels + output / outputs * channels + channel] = number
        }
        let weights = SparseWeights(Self.elements(numbers), layout, threads: 1)
        #expect(Self.rows(weights) == wanted)
        #expect(weights.nonzeros == wanted.reduce(0) { $0 + $1.count })
        let isNarrow = if case .narrow = weights.columns { true } else { false }
        #expect(isNarrow == (layout.depth <= 1 << 16), "two bytes for a column number, where it fits")
        for output in 0..<layout.outputs {
            let columns = Self.columns(weights, output).map { Int($0.0) }
            func block(_ column: Int) -> Int { column % layout.channels / layout.blockChannels }
            #expect(columns == columns.sorted { (block($0), $0) < (block($1), $1) })
            guard layout.blocks == 1 else { continue }
            var row = [Double](repeating: 0, count: layout.depth)
            weights.scatter(output: output, into: &row)
            #expect(row == (0..<layout.depth).map { Double(wanted[output][$0] ?? 0) })
        }
    }

    @Test(arguments: layouts, [0, 1, 3, 40] as [UInt64])
    func partsGiveTheSame(layout: SparseLayout, share: UInt64) {
        let elements = Self.elements(Self.numbers(layout, share: share))
        func order(_ parts: Int) -> (starts: [UInt32], columns: [UInt32], values: [UInt32]) {
            let order = OutputOrder(elements, layout, parts: parts)
            var columns = [UInt32](repeating: 0, count: elements.count)
            var values = [Float](repeating: 0, count: elements.count)
            columns.withUnsafeMutableBufferPointer { columns in
                values.withUnsafeMutableBufferPointer { values in
                    guard let columns = columns.baseAddress, let values = values.baseAddress else { return }
                    order.place(values, columns)
                }
            }
            return (order.starts, columns, values.map(\.bitPattern))
        }
        let whole = order(1)
        #expect(whole.starts.count == layout.blocks * layout.outputs + 1 && whole.starts.last == UInt32(elements.count))
        for parts in 2...5 {
            let found = order(parts)
            #expect(found == whole, "\(parts) parts")
        }
    }

    /// Zeros of either sign are left out, and what is not a number is kept.
    @Test func whatIsZero() {
        let numbers: [Float] = [0, -0.0, .nan, .infinity, .leastNonzeroMagnitude, -1]
        let elements = Self.elements(numbers)
        #expect(Array(elements.positions) == [2, 3, 4, 5])
        #expect(elements.values.map(\.bitPattern) == numbers[2...].map(\.bitPattern))
    }

    @Test(arguments: [(1 << 16, true), (1 << 16 + 1, false)])
    func inputNumbersAreAsWideAsTheyMustBe(depth: Int, isNarrow: Bool) {
        var numbers = [Float](repeating: 0, count: depth)
        (numbers[0], numbers[depth - 1]) = (1, 2)
        let weights = SparseWeights(Self.elements(numbers), SparseLayout(outputs: 1, channels: depth), threads: 2)
        let found = if case .narrow = weights.columns { true } else { false }
        #expect(found == isNarrow)
        #expect(Self.rows(weights) == [[0: 1, depth - 1: 2]])
    }

    @Test func aTableAsItLies() {
        let numbers: [Float] = [0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0, 3, 0, 0, 0]
        let weights = SparseWeights(table: Self.elements(numbers), rows: 5, depth: 3)
        #expect(Self.rows(weights) == [[:], [0: 1, 2: 2], [:], [2: 3], [:]])
        let empty = SparseWeights(table: Self.elements([0, 0]), rows: 2, depth: 1)
        #expect(Self.rows(empty) == [[:], [:]])
    }

    @Test func offsetsTakeTheirTapsAndChannels() {
        let layout = SparseLayout(outputs: 2, taps: 2, channels: 3)
        let numbers = (1...12).map(Float.init)
        let weights = SparseWeights(Self.elements(numbers), layout, threads: 1)
        let moved = weights.withOffsets(channels: 3, plane: 100) { $0 * 7 }
        #expect(Self.rows(moved)[1] == [0: 2, 100: 4, 200: 6, 7: 8, 107: 10, 207: 12])
        #expect(Self.rows(weights)[1] == [0: 2, 1: 4, 2: 6, 3: 8, 4: 10, 5: 12])
    }

    /// The list has the same weights, input by input; it is there where outputs have few.
    @Test(arguments: layouts, [1, 3, 40] as [UInt64])
    func theListOfWeights(layout: SparseLayout, share: UInt64) throws {
        let weights = SparseWeights(Self.elements(Self.numbers(layout, share: share)), layout, threads: 1)
        weights.prepareForFewRows()
        #expect(weights.sliced == nil || weights.scattered == nil)
        let list = ScatteredWeights(weights)
        #expect((list != nil) == (layout.blocks == 1 && weights.nonzeros < 8 * layout.outputs))
        guard let list else { return }
        #expect(list.rows == layout.outputs && list.values.count == weights.nonzeros)
        var rows = [[Int: Float]](repeating: [:], count: list.rows)
        for place in 0..<list.values.count {
            let (input, output) = (Int(list.inputs[place]), Int(list.outputs[place]))
            #expect(rows[output].updateValue(list.values.base[place], forKey: input) == nil)
            if place > 0 { #expect(input >= Int(list.inputs[place - 1])) }
        }
        #expect(rows == Self.rows(weights))
    }

    /// Slices give what the rows do, where the processor has instructions for them.
    @Test(arguments: layouts, [1, 2, 3, 20, 400] as [UInt64])
    func slicesOfWeights(layout: SparseLayout, share: UInt64) throws {
        let weights = SparseWeights(Self.elements(Self.numbers(layout, share: share)), layout, threads: 1)
        let sliced = SlicedWeights(weights)
        if processor_level() < PROCESSOR_AVX512.rawValue || layout.blocks > 1 || weights.nonzeros == 0 {
            #expect(sliced == nil)
        } else if share <= 2, layout.groups == 1, layout.outputs >= 16, layout.depth >= 32 {
            #expect(sliced != nil)
        }
        guard let sliced else { return }
        var generator = SplitMix64(7)
        let x = (0..<layout.depth).map { _ in Float(generator.number()) }
        var y = [Float](repeating: .nan, count: layout.outputs)
        SparseKernels.slices(sliced, x, &y, Bounds(nil))
        let wanted = Self.rows(weights).map { $0.reduce(0) { $0 + Double($1.value) * Double(x[$1.key]) } }
        #expect(gap(y, wanted) < 5e-6)
    }

    @Test func eachOutputHasItsScale() throws {
        let weights = SparseWeights(
            Self.elements([1, 2, 3, 0, 5, 6]), SparseLayout(outputs: 3, channels: 2), threads: 1)
        weights.multiply(by: [1, 10, -0.5])
        #expect(Self.rows(weights) == [[0: 1], [0: 20, 1: 50], [0: -1.5, 1: -3]])
        #expect(try #require(ScatteredWeights(weights)).values.array == [1, 20, -1.5, 50, -3])
    }

    @Test(arguments: layouts)
    func rangesCoverTheOutputs(layout: SparseLayout) {
        for share in [0, 1, 5] as [UInt64] {
            let weights = SparseWeights(Self.elements(Self.numbers(layout, share: share)), layout, threads: 1)
            for count in [0, 1, 2, 3, 8, 1000] {
                let ranges = weights.ranges(count)
                #expect(ranges.count <= max(count, 1) && ranges.allSatisfy { !$0.isEmpty })
                #expect(ranges.flatMap(Array.init) == Array(0..<layout.outputs))
            }
        }
    }

    /// Blocks are there where there is more than one's worth of inputs.
    @Test func blocks() {
        #expect(SparseLayout(outputs: 1, channels: 700, isBlocked: true).blocks == 3)
        #expect(SparseLayout(outputs: 1, taps: 9, channels: 70, isBlocked: true).blocks == 3)
        #expect(SparseLayout(outputs: 1, taps: 300, channels: 2, isBlocked: true).blocks == 2)
        #expect(SparseLayout(outputs: 1, channels: 700).blocks == 1)
        #expect(SparseLayout(outputs: 2, channels: 700, groups: 2, isBlocked: true).blocks == 1)
        #expect(SparseLayout(outputs: 1, channels: 288, isBlocked: true).blocks == 1)
    }

    /// One output with all the weights is a part of its own.
    @Test func rangesAreOfEqualWork() {
        let numbers = (0..<400).map { Float($0 % 4 == 0 ? 1 : 0) }
        let weights = SparseWeights(Self.elements(numbers), SparseLayout(outputs: 4, channels: 100), threads: 1)
        #expect(weights.ranges(2) == [0..<1, 1..<4])
    }
}

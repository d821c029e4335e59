internal import ModelIO
internal import Tensors
internal import Training

/// Reads chosen examples of an array whose first axis counts them: in the order of the file, whatever the order in which
/// they are wanted, so that a packed file is unpacked once.
struct SampleReader {
    let array: any StoredArray
    let file: ArrayFile

    init(_ file: ArrayFile, _ options: JobOptions) throws {
        self.file = file
        array = try file.open(options)
    }

    /// Elements that are read at once at most, where an example has no more.
    private static let tileElements = 1 << 17
    /// Bytes of examples that are held in memory.
    private static let mostInMemory = 256 << 20

    /// What messages call it.
    var name: String { file.member.map { "\(file.path):\($0)" } ?? file.path }
    var extents: [Int] { Array(array.shape.dimensions.dropFirst()) }

    /// - Throws: `usage` where there are no examples.
    func count() throws -> Int {
        guard let count = array.shape.dimensions.first else {
            throw SparsifyError(.usage, "The array is a single number; its first axis must count examples.", file: name)
        }
        guard count > 0 else { throw SparsifyError(.usage, "The array has no examples.", file: name) }
        return count
    }

    /// The inputs x of these examples as x · scale + offset: in memory, or on disk where they are many.
    ///
    /// - Throws: `usage` where one is not finite; `limit` where they are more than the budget.
    func floats(_ rows: [Int], scale: Double, offset: Double) throws -> any ExampleStore {
        let isPlain = scale == 1 && offset == 0
        let read = { (range: Range<Int>) throws -> [Float] in
            isPlain ? try array.floats(range) : try array.doubles(range).map { Float($0 * scale + offset) }
        }
        let count = try checkedCount(rows, bytes: MemoryLayout<Float>.stride)
        guard count * MemoryLayout<Float>.stride > Self.mostInMemory else {
            return ExamplesInMemory(try gather(rows, count, placeholder: 0, read))
        }
        let store = try ExamplesOnDisk(count: count)
        try visit(rows, read) { example, place in try store.write(example, at: place) }
        return store
    }

    func doubles(_ rows: [Int]) throws -> [Double] {
        let count = try checkedCount(rows, bytes: MemoryLayout<Double>.stride)
        return try gather(rows, count, placeholder: 0) { try array.doubles($0) }
    }

    /// Elements of these examples.
    private func checkedCount(_ rows: [Int], bytes: Int) throws -> Int {
        let what = "memory of the examples"
        let count = try Checked.multiply(rows.count, extents.reduce(1, *), what)
        do {
            try array.checkBudget(try Checked.multiply(count, bytes, what))
        } catch {
            var error = array.located(error)
            error.remedy = "Take fewer with --samples, or raise --max-memory."
            throw error
        }
        return count
    }

    private func gather<Value: BinaryFloatingPoint>(
        _ rows: [Int], _ count: Int, placeholder: Value, _ read: (Range<Int>) throws -> [Value]
    ) throws -> [Value] {
        var result = [Value](repeating: placeholder, count: count)
        try visit(rows, read) { example, place in
            result.replaceSubrange(place..<place + example.count, with: example)
        }
        return result
    }

    /// Calls `body` with each of the examples, and where it begins among them, in the order of the file.
    private func visit<Value: BinaryFloatingPoint>(
        _ rows: [Int], _ read: (Range<Int>) throws -> [Value], _ body: (ArraySlice<Value>, Int) throws -> Void
    ) throws {
        let length = extents.reduce(1, *)
        let order = rows.indices.sorted { rows[$0] < rows[$1] }
        let limit = max(Self.tileElements / max(length, 1), 1)
        var next = 0
        while next < order.count {
            let first = rows[order[next]]
            var end = next + 1
            while end < order.count, end - next < limit, rows[order[end]] == first + end - next { end += 1 }
            let values = try read(first * length..<(first + end - next) * length)
            for (place, position) in order[next..<end].enumerated() {
                let example = values[place * length..<(place + 1) * length]
                if let wrong = example.firstIndex(where: { !$0.isFinite }) {
                    throw SparsifyError(
                        .usage,
                        "Example \(first + place) has \(values[wrong]) at its element \(wrong - example.startIndex).",
                        file: name, remedy: "Only finite numbers are of use here.")
                }
                try body(example, position * length)
            }
            next = end
        }
    }
}

/// Inputs of examples, one after another, wherever they are kept. Reading is safe from several threads at once.
public protocol ExampleStore: Sendable {
    /// Elements of all examples.
    var count: Int { get }

    /// Copies elements to where there is room for exactly those.
    func read(_ range: Range<Int>, into destination: UnsafeMutablePointer<Float>) throws
}

/// Examples in memory.
public struct ExamplesInMemory: ExampleStore {
    private let values: [Float]

    public init(_ values: [Float]) { self.values = values }

    public var count: Int { values.count }

    public func read(_ range: Range<Int>, into destination: UnsafeMutablePointer<Float>) {
        values.withUnsafeBufferPointer { values in
            guard !range.isEmpty else { return }
            destination.update(from: values.baseAddress! + range.lowerBound, count: range.count)
        }
    }
}

/// Some of the examples of another store, in an order of their own.
public struct ChosenExamples: ExampleStore {
    private let base: any ExampleStore
    private let numbers: [Int]
    private let length: Int

    /// - Parameters:
    ///   - numbers: which ones.
    ///   - length: elements of each.
    public init(_ base: any ExampleStore, _ numbers: [Int], length: Int) {
        (self.base, self.numbers, self.length) = (base, numbers, length)
    }

    public var count: Int { numbers.count * length }

    public func read(_ range: Range<Int>, into destination: UnsafeMutablePointer<Float>) throws {
        var position = range.lowerBound
        while position < range.upperBound {
            let (row, offset) = position.quotientAndRemainder(dividingBy: length)
            let part = min(length - offset, range.upperBound - position)
            let start = numbers[row] * length + offset
            try base.read(start..<start + part, into: destination + (position - range.lowerBound))
            position += part
        }
    }
}

import Inference
import Networks
import Synchronization
import Tensors

/// A small generator with good numbers; the same seed gives the same test on every machine.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// From −1 to 1, of 20 bits, so that single precision holds it.
    mutating func number() -> Double { Double(next() >> 44) * 0x1p-19 - 1 }

    mutating func numbers(_ count: Int) -> [Double] { (0..<count).map { _ in number() } }
}

/// Numbers of all rows of a value, row-major.
struct Values: Equatable {
    var rows: Int
    var extents: [Int]
    var numbers: [Double]

    init(rows: Int, extents: [Int], numbers: [Double]) {
        precondition(numbers.count == rows * extents.reduce(1, *))
        self.rows = rows
        self.extents = extents
        self.numbers = numbers
    }

    var rowCount: Int { extents.reduce(1, *) }
    var shape: [Int] { [rows] + extents }

    func offset(_ row: Int, _ place: [Int]) -> Int {
        var offset = row
        for axis in 0..<extents.count {
            precondition(place[axis] >= 0 && place[axis] < extents[axis])
            offset = offset * extents[axis] + place[axis]
        }
        return offset
    }

    subscript(_ row: Int, _ place: [Int]) -> Double { numbers[offset(row, place)] }

    /// The element that broadcasting finds at a place of a larger value.
    func broadcast(_ row: Int, _ place: [Int]) -> Double {
        self[row, zip(place.suffix(extents.count), extents).map { $1 == 1 ? 0 : $0 }]
    }

    /// A value of these extents with an element computed for each row and place.
    static func make(_ rows: Int, _ extents: [Int], _ body: (Int, [Int]) -> Double) -> Values {
        var numbers: [Double] = []
        for row in 0..<rows { eachPlace(extents) { numbers.append(body(row, $0)) } }
        return Values(rows: rows, extents: extents, numbers: numbers)
    }
}

/// Every index into an array of these extents, the last axis fastest.
func eachPlace(_ extents: [Int], _ body: ([Int]) -> Void) {
    guard extents.allSatisfy({ $0 > 0 }) else { return }
    var place = extents.map { _ in 0 }
    while true {
        body(place)
        var axis = extents.count - 1
        while axis >= 0 {
            place[axis] += 1
            if place[axis] < extents[axis] { break }
            place[axis] = 0
            axis -= 1
        }
        if axis < 0 { return }
    }
}

/// Parameters in memory; counts how often each is read.
final class MemoryParameters: ParameterSource {
    let values: [ParameterReference: [Double]]
    private let counts = Mutex<[ParameterReference: Int]>([:])

    init(_ values: [ParameterReference: [Double]]) { self.values = values }

    var reads: [ParameterReference: Int] { counts.withLock { $0 } }

    func check(_ parameter: ParameterReference, count: Int) throws {
        guard values[parameter]?.count == count else {
            throw SparsifyError(.malformed, "There is no '\(parameter.role)' of '\(parameter.layer)' here.")
        }
    }

    private func numbers(_ parameter: ParameterReference, _ count: Int) throws -> [Double] {
        try check(parameter, count: count)
        let numbers = values[parameter]!
        counts.withLock { $0[parameter, default: 0] += 1 }
        return numbers
    }

    func read(_ parameter: ParameterReference, into destination: UnsafeMutableBufferPointer<Float>) throws {
        let numbers = try numbers(parameter, destination.count)
        for index in destination.indices { destination[index] = Float(numbers[index]) }
    }

    func read(_ parameter: ParameterReference, into destination: UnsafeMutableBufferPointer<Double>) throws {
        let numbers = try numbers(parameter, destination.count)
        for index in destination.indices { destination[index] = numbers[index] }
    }
}

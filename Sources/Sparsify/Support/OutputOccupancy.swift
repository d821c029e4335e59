internal import Networks
internal import Synchronization

/// Which outputs of a weight have a non-zero that feeds them; filled from several threads.
final class OutputOccupancy: @unchecked Sendable {
    private let map: OutputMap
    private let state: Mutex<OutputSet>

    init(_ map: OutputMap) {
        self.map = map
        state = Mutex(OutputSet(capacity: map.cellCount))
    }

    var occupied: Int { state.withLock { $0.count } }
    /// Nothing more can be learnt.
    var isFull: Bool { occupied == map.cellCount }

    /// Calls `walk` with a function that marks the output of a position.
    func mark(_ walk: ((Int) -> Void) -> Void) {
        var seen = OutputSet(capacity: map.cellCount)
        let map = map
        walk { seen.insert(map.cell(ofElement: $0)) }
        state.withLock { $0.formUnion(seen) }
    }
}

/// A set of outputs: a flag for each, or, where a file declares very many, the members alone, of which there are no
/// more than non-zeros in the file.
private struct OutputSet {
    private static let maximumFlags = 1 << 22
    private var flags: [Bool]
    private var members: Set<Int> = []
    private(set) var count = 0

    init(capacity: Int) {
        flags = [Bool](repeating: false, count: capacity <= Self.maximumFlags ? capacity : 0)
    }

    mutating func insert(_ cell: Int) {
        if flags.isEmpty {
            members.insert(cell)
            count = members.count
        } else if !flags[cell] {
            flags[cell] = true
            count += 1
        }
    }

    mutating func formUnion(_ other: OutputSet) {
        for cell in other.flags.indices where other.flags[cell] { insert(cell) }
        for cell in other.members { insert(cell) }
    }
}

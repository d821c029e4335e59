internal import Networks
internal import Synchronization

/// Which outputs of a weight have a non-zero that feeds them; filled from several threads.
final class OutputOccupancy: @unchecked Sendable {
    private let map: OutputMap
    private let state: Mutex<State>

    private struct State {
        var seen: [Bool]
        var occupied = 0
    }

    init(_ map: OutputMap) {
        self.map = map
        state = Mutex(State(seen: [Bool](repeating: false, count: map.cellCount)))
    }

    var occupied: Int { state.withLock { $0.occupied } }
    /// Nothing more can be learnt.
    var isFull: Bool { occupied == map.cellCount }

    /// Calls `walk` with a function that marks the output of a position.
    func mark(_ walk: ((Int) -> Void) -> Void) {
        var seen = [Bool](repeating: false, count: map.cellCount)
        let map = map
        walk { seen[map.cell(ofElement: $0)] = true }
        state.withLock { state in
            for cell in seen.indices where seen[cell] && !state.seen[cell] {
                state.seen[cell] = true
                state.occupied += 1
            }
        }
    }
}

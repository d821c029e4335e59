internal import Synchronization
internal import Tensors

/// Keeps decoded chunks, so that a scan in tiles that are narrower than the chunks decodes each chunk once.
final class ChunkCache: Sendable {
    struct Key: Hashable, Sendable {
        var dataset: Int
        var chunk: Int
    }

    /// A chunk that one thread decodes while others that want it wait.
    private final class Slot: Sendable {
        let buffer = Mutex<RawBuffer?>(nil)
    }

    private struct Entry {
        var slot: Slot
        var byteCount: Int
        var lastUse: Int
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        var byteCount = 0
        var clock = 0
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) {
        self.limit = limit
    }

    /// The chunk `key` of `byteCount` bytes, made by `decode` where it is not at hand.
    func chunk(_ key: Key, byteCount: Int, decode: () throws -> RawBuffer) throws -> RawBuffer {
        try slot(key, byteCount: byteCount).buffer.withLock { buffer in
            if let buffer { return buffer }
            let decoded = try decode()
            buffer = decoded
            return decoded
        }
    }

    private func slot(_ key: Key, byteCount: Int) -> Slot {
        state.withLock { state in
            state.clock += 1
            if let slot = state.entries[key]?.slot {
                state.entries[key]?.lastUse = state.clock
                return slot
            }
            makeRoom(for: byteCount, in: &state)
            let slot = Slot()
            state.entries[key] = Entry(slot: slot, byteCount: byteCount, lastUse: state.clock)
            state.byteCount += byteCount
            return slot
        }
    }

    /// Lets go of the chunks longest unused, a quarter of the cache at least, so that this is rare.
    private func makeRoom(for byteCount: Int, in state: inout State) {
        guard state.byteCount + byteCount > limit else { return }
        let goal = max(0, min(limit - byteCount, limit / 4 * 3))
        for (key, entry) in state.entries.sorted(by: { $0.value.lastUse < $1.value.lastUse }) {
            if state.byteCount <= goal { return }
            state.entries[key] = nil
            state.byteCount -= entry.byteCount
        }
    }
}

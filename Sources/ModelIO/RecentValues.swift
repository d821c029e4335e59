internal import Synchronization

/// What was made last, a few values of it by number, so that pieces that are read one after another share it.
public final class RecentValues<Value: Sendable>: Sendable {
    private let count: Int
    /// The latest at the end.
    private let values = Mutex<[(index: Int, value: Value)]>([])

    public init(count: Int) { self.count = count }

    /// The value of a number, made where it is not there; others wait.
    public func value(_ index: Int, make: () throws -> Value) throws -> Value {
        try values.withLock { values in
            if let place = values.firstIndex(where: { $0.index == index }) {
                let found = values.remove(at: place)
                values.append(found)
                return found.value
            }
            let value = try make()
            if values.count == count { values.removeFirst() }
            values.append((index, value))
            return value
        }
    }
}

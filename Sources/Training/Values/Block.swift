/// Memory for numbers, from a pool that takes it back when nobody holds it any more; or a view into other memory.
final class Block<N: Number> {
    let base: UnsafeMutablePointer<N>
    let count: Int
    private let pool: BlockPool<N>?
    private let owner: AnyObject?

    fileprivate init(_ base: UnsafeMutablePointer<N>, count: Int, pool: BlockPool<N>) {
        self.base = base
        self.count = count
        self.pool = pool
        owner = nil
    }

    /// A part of memory that `owner` keeps alive.
    init(viewing base: UnsafeMutablePointer<N>, count: Int, of owner: AnyObject) {
        self.base = base
        self.count = count
        self.owner = owner
        pool = nil
    }

    deinit { pool?.take(back: base, count: count) }

    func clear() { base.update(repeating: .zero, count: count) }
    func copy(_ other: UnsafePointer<N>) { base.update(from: other, count: count) }

    /// Adds another's elements.
    func add(_ other: Block<N>) { Self.add(other.base, to: base, count) }

    static func add(_ source: UnsafePointer<N>, to target: UnsafeMutablePointer<N>, _ count: Int) {
        for index in 0..<count { target[index] += source[index] }
    }
}

/// Memory that is used again and again; for one thread.
final class BlockPool<N: Number> {
    private var free: [Int: [UnsafeMutablePointer<N>]] = [:]
    /// Bytes of all blocks, those that are free too.
    private(set) var bytes = 0

    /// Numbers that are not set.
    func block(_ count: Int) -> Block<N> {
        if let memory = free[count]?.popLast() { return Block(memory, count: count, pool: self) }
        bytes += max(count, 1) * MemoryLayout<N>.stride
        return Block(.allocate(capacity: max(count, 1)), count: count, pool: self)
    }

    func zeros(_ count: Int) -> Block<N> {
        let result = block(count)
        result.clear()
        return result
    }

    fileprivate func take(back memory: UnsafeMutablePointer<N>, count: Int) { free[count, default: []].append(memory) }

    deinit {
        for list in free.values { for memory in list { memory.deallocate() } }
    }
}

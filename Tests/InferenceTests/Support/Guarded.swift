import Foundation

/// Numbers that end where a page begins that cannot be touched, and begin behind one or right after it: a loop that
/// reaches past either end ends the process.
final class Guarded<Element: BitwiseCopyable> {
    let base: UnsafeMutablePointer<Element>
    let count: Int
    private let memory: UnsafeMutableRawPointer
    private let length: Int

    /// - Parameter atEnd: whether the last number lies against the page behind, else the first against that before.
    init(_ values: [Element], atEnd: Bool) {
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let bytes = values.count * MemoryLayout<Element>.stride
        let inner = max((bytes + page - 1) / page, 1) * page
        length = inner + 2 * page
        memory = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0)!
        precondition(memory != MAP_FAILED)
        precondition(mprotect(memory, page, PROT_NONE) == 0)
        precondition(mprotect(memory + page + inner, page, PROT_NONE) == 0)
        base = (memory + page + (atEnd ? inner - bytes : 0)).assumingMemoryBound(to: Element.self)
        count = values.count
        for (index, value) in values.enumerated() { base[index] = value }
    }

    deinit { munmap(memory, length) }

    var values: [Element] { Array(UnsafeBufferPointer(start: base, count: count)) }
}

typealias GuardedFloats = Guarded<Float>

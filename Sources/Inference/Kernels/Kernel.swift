/// One step of a plan, ready to run: everything that does not depend on the values is worked out when it is made.
protocol Kernel<T>: Sendable {
    associatedtype T: Scalar

    /// Numbers of scratch memory that a run takes.
    var scratchCount: Int { get }

    /// Whether the first output may lie where the first input does.
    var worksInPlace: Bool { get }

    /// Whether it leaves out products with zeros.
    var isSparse: Bool { get }

    /// Forgets what was carried over from earlier batches.
    func reset()

    /// - Throws: where a value is not what the step needs, such as an index past the end of a table.
    func run(_ operands: Operands<T>) throws
}

extension Kernel {
    var scratchCount: Int { 0 }
    var worksInPlace: Bool { false }
    var isSparse: Bool { false }
    func reset() {}
}

/// Where a kernel finds its values. Scratch memory is the kernel's own while it runs.
struct Operands<T: Scalar> {
    var inputs: [UnsafePointer<T>]
    var outputs: [UnsafeMutablePointer<T>]
    var scratch: UnsafeMutablePointer<T>
    var workers: Workers
}

/// Carries a pointer into closures that run on several threads, which keep to disjoint parts of what it points to.
struct Shared<Pointer>: @unchecked Sendable {
    let pointer: Pointer
    init(_ pointer: Pointer) { self.pointer = pointer }
}

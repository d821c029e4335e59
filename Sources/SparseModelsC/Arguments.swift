internal import Tensors

/// - Throws: `usage` where it is null.
func required<Value>(_ value: Value?, _ what: String) throws -> Value {
    guard let value else { throw SparsifyError(.usage, "The pointer to \(what) is null.") }
    return value
}

/// What lies at a pointer that may be null where there is nothing.
///
/// - Parameter count: as C gave it; what is more than Swift can count has arrived as a negative number.
/// - Throws: `usage` where the pointer is null although there should be something, or there cannot be so much.
func buffer<Element>(
    _ start: UnsafeMutablePointer<Element>?, _ count: Int, _ what: String
) throws -> UnsafeMutableBufferPointer<Element> {
    guard count >= 0, count <= Int.max / MemoryLayout<Element>.stride else {
        throw SparsifyError(.usage, "The count of \(what) is larger than this machine's memory.")
    }
    if count > 0 { _ = try required(start, what) }
    return UnsafeMutableBufferPointer(start: start, count: count)
}

func buffer<Element>(
    _ start: UnsafePointer<Element>?, _ count: Int, _ what: String
) throws -> UnsafeBufferPointer<Element> {
    UnsafeBufferPointer(try buffer(UnsafeMutablePointer(mutating: start), count, what))
}

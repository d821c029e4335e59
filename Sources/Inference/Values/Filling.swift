extension UnsafeMutablePointer where Pointee: Scalar {
    /// Sets `count` numbers to zero.
    func clear(_ count: Int) {
        UnsafeMutableRawPointer(self).initializeMemory(
            as: UInt8.self, repeating: 0, count: count * MemoryLayout<Pointee>.stride)
    }

    /// Copies `count` numbers; the two places may overlap.
    func copy(_ source: UnsafePointer<Pointee>, _ count: Int) {
        UnsafeMutableRawPointer(self).copyMemory(from: source, byteCount: count * MemoryLayout<Pointee>.stride)
    }

    /// Sets `count` numbers to `value`.
    func fill(_ value: Pointee, _ count: Int) { Self.fill(self, value, count) }

    @specialized(where Pointee == Float)
    @specialized(where Pointee == Double)
    private static func fill(_ values: UnsafeMutablePointer, _ value: Pointee, _ count: Int) {
        for index in 0..<count { values[index] = value }
    }
}

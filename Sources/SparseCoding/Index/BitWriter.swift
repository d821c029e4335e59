/// Packs bits least significant first into bytes that the caller provides.
struct BitWriter {
    private let base: UnsafeMutablePointer<UInt8>
    private var position = 0
    private var pending: UInt64 = 0
    private var pendingCount: UInt64 = 0

    init(_ base: UnsafeMutablePointer<UInt8>) { self.base = base }

    /// Appends the lowest `count` bits of `bits`, at most 32; the rest of `bits` must be zero.
    @inline(__always)
    mutating func append(_ bits: UInt64, _ count: UInt64) {
        pending |= bits << pendingCount
        pendingCount += count
        if pendingCount >= 32 {
            UnsafeMutableRawPointer(base + position).storeBytes(
                of: UInt32(truncatingIfNeeded: pending).littleEndian, as: UInt32.self)
            position += 4
            pending >>= 32
            pendingCount -= 32
        }
    }

    /// Writes what is pending, padded with zero bits, and returns the count of bytes written in all.
    mutating func finish() -> Int {
        while pendingCount > 0 {
            base[position] = UInt8(truncatingIfNeeded: pending)
            position += 1
            pending >>= 8
            pendingCount = pendingCount > 8 ? pendingCount - 8 : 0
        }
        return position
    }
}

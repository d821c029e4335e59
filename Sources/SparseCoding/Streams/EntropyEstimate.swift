/// Order-0 entropy in integer arithmetic, so that choices made by it are the same on every machine.
enum EntropyEstimate {
    /// Bytes that the symbols of this histogram need at their order-0 entropy.
    static func bytes(_ histogram: UnsafeBufferPointer<UInt32>) -> Int {
        var total = 0
        var weighted = 0
        for count in histogram where count > 0 {
            total += Int(count)
            weighted += Int(count) * log2(UInt64(count))
        }
        guard total > 0 else { return 0 }
        return (total * log2(UInt64(total)) - weighted) >> 19
    }

    /// log2(value) in units of 2^-16, by repeated squaring.
    static func log2(_ value: UInt64) -> Int {
        precondition(value > 0)
        let exponent = 63 - value.leadingZeroBitCount
        var mantissa = (value << UInt64(63 - exponent)) >> 32
        var fraction = 0
        for _ in 0..<16 {
            mantissa = (mantissa * mantissa) >> 31
            fraction <<= 1
            if mantissa >= 1 << 32 {
                mantissa >>= 1
                fraction |= 1
            }
        }
        return exponent << 16 | fraction
    }
}

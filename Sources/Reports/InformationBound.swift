#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// What information theory says a mask must cost.
public enum InformationBound {
    /// log2 C(elements, nonzeros), in bits: no code can tell apart all masks of that many non-zeros in fewer.
    public static func maskBits(elements: Int, nonzeros: Int) -> Double {
        guard nonzeros > 0, nonzeros < elements else { return 0 }
        let n = Double(elements)
        let k = Double(nonzeros)
        return max(0, (logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1)) / 0.693_147_180_559_945_3)
    }

    /// The re-entrant form: `lgamma` writes a global sign.
    private static func logGamma(_ value: Double) -> Double {
        var sign: Int32 = 0
        return lgamma_r(value, &sign)
    }
}

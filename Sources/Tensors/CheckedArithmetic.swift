/// Arithmetic on lengths, counts and offsets that come from a file: an overflow is an error, not a trap.
public enum Checked {
    public static func add(_ a: Int, _ b: Int, _ what: @autoclosure () -> String) throws(SparsifyError) -> Int {
        let (sum, overflow) = a.addingReportingOverflow(b)
        guard !overflow else { throw tooLarge(what()) }
        return sum
    }

    public static func multiply(_ a: Int, _ b: Int, _ what: @autoclosure () -> String) throws(SparsifyError) -> Int {
        let (product, overflow) = a.multipliedReportingOverflow(by: b)
        guard !overflow else { throw tooLarge(what()) }
        return product
    }

    /// `value` as an `Int`, where it fits.
    public static func int(_ value: UInt64, _ what: @autoclosure () -> String) throws(SparsifyError) -> Int {
        guard let result = Int(exactly: value) else { throw tooLarge(what()) }
        return result
    }

    private static func tooLarge(_ what: String) -> SparsifyError {
        SparsifyError(.malformed, "The \(what) is larger than this machine can count.")
    }
}

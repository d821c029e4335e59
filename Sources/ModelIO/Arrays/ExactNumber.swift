/// A type that values can be asked for in; `nil` is what it cannot hold.
protocol ExactNumber {
    static var name: String { get }
    static func exact(_ value: Float) -> Self?
    static func exact(_ value: Double) -> Self?
    static func exact(integer: some FixedWidthInteger) -> Self?
}

extension Float: ExactNumber {
    static var name: String { "float32" }
    static func exact(_ value: Float) -> Float? { value }
    static func exact(integer: some FixedWidthInteger) -> Float? { Float(exactly: integer) }

    static func exact(_ value: Double) -> Float? {
        let rounded = Float(value)
        return rounded.isInfinite && value.isFinite ? nil : rounded
    }
}

extension Double: ExactNumber {
    static var name: String { "float64" }
    static func exact(_ value: Float) -> Double? { Double(value) }
    static func exact(_ value: Double) -> Double? { value }
    static func exact(integer: some FixedWidthInteger) -> Double? { Double(exactly: integer) }
}

extension Int: ExactNumber {
    static var name: String { "an integer of 64 bits" }
    static func exact(_ value: Float) -> Int? { Int(exactly: value) }
    static func exact(_ value: Double) -> Int? { Int(exactly: value) }
    static func exact(integer: some FixedWidthInteger) -> Int? { Int(exactly: integer) }
}

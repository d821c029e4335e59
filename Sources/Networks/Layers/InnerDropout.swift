/// Dropout that is no layer of its own, but acts within another in training.
extension LayerConfig {
    /// The share that is dropped by a field of this name; 0 where it makes no sense, as in a layer of dropout.
    func dropRate(_ key: String) -> Double {
        let rate = fields[key]?.number ?? 0
        return rate > 0 && rate < 1 ? rate : 0
    }
}

extension Lowering {
    /// A value some of whose elements are dropped, in a network that is made for training.
    ///
    /// - Parameter sharedAxes: axes along which all elements share their fate; axis 0 is that of the examples.
    mutating func dropping(_ rate: Double, _ value: ValueID, sharedAxes: [Int] = []) throws -> ValueID {
        guard keepsNoise, rate > 0 else { return value }
        return try push(.noise(Noise(.dropout, amount: rate, sharedAxes: sharedAxes)), [value])
    }
}

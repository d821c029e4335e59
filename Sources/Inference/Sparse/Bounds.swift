/// What a sparse kernel does to a sum itself: where it begins, and the bounds of the result.
struct Bounds {
    private(set) var bias: UnsafePointer<Float>?
    private(set) var low: Float = -.infinity
    private(set) var high: Float = .infinity
    /// Whether the epilogue's function is left to do.
    private var isUnfinished = false
    /// Whether sums go on from what is there.
    private(set) var carries = false

    init(_ epilogue: Epilogue<Float>?) {
        bias = epilogue?.biasBase
        if let clamp = epilogue?.clamp {
            (low, high) = (clamp.low, clamp.high)
        } else if epilogue != nil {
            isUnfinished = true
        }
    }

    /// The same for a product that is done block by block.
    func forBlock(_ block: Int, of count: Int) -> Bounds {
        var bounds = self
        if block > 0 { (bounds.bias, bounds.carries) = (nil, true) }
        if block < count - 1 { (bounds.low, bounds.high) = (-.infinity, .infinity) }
        return bounds
    }

    func finish(
        _ epilogue: Epilogue<Float>?, _ values: UnsafeMutablePointer<Float>, _ rows: Int, _ channels: Range<Int>,
        stride: Int
    ) {
        if isUnfinished { epilogue?.end(values, rows, channels, stride: stride, isBegun: true) }
    }

    /// The same for the channels of a tile, `stride` apart, of which some positions were computed.
    func finish(
        _ epilogue: Epilogue<Float>?, planes: UnsafeMutablePointer<Float>, count: Int, of positions: Int, stride: Int
    ) {
        guard isUnfinished else { return }
        for plane in 0..<count { epilogue?.end(planes + plane * stride, positions) }
    }
}

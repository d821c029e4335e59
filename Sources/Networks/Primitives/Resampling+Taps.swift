public import Tensors

extension Resampling {
    /// What one output along an axis is made of: inputs `start…`, one for each weight.
    public struct Tap: Sendable, Hashable {
        public var start: Int
        public var weights: [Float]

        public init(start: Int, weights: [Float]) {
            self.start = start
            self.weights = weights
        }
    }

    /// Inputs and weights of every output along an axis that goes from one extent to another. Computed in single
    /// precision where TensorFlow does, since the choice of a neighbour hangs on the last bit.
    ///
    /// - Throws: `malformed` where there is no input.
    public func taps(from input: Int, to output: Int) throws(SparsifyError) -> [Tap] {
        guard input > 0, output >= 0 else {
            throw SparsifyError(.malformed, "An axis of extent \(input) cannot be resized to \(output).")
        }
        let scale = Float(input) / Float(max(output, 1))
        if let kernel = filter {
            return (0..<output).map { Self.filtered($0, input, scale: Float(output) / Float(input), kernel, antialias) }
        }
        return switch interpolation {
        case .nearest:
            (0..<output).map { Tap(start: Self.below((Float($0) + 0.5) * scale, input), weights: [1]) }
        case .area: (0..<output).map { Self.area($0, input, scale) }
        case .bicubic: (0..<output).map { Self.bicubic((Float($0) + 0.5) * scale - 0.5, input) }
        default: (0..<output).map { Self.bilinear((Float($0) + 0.5) * scale - 0.5, input) }
        }
    }

    /// How many products all outputs of one of the axes sum.
    func tapCount(axis: Int, from input: Int, to output: Int) throws(SparsifyError) -> Int {
        if case .taps(let taps) = targets[axis] { return taps.reduce(0) { $0 + $1.weights.count } }
        return try tapCount(from: input, to: output)
    }

    /// How many products all outputs of an axis sum: for the fixed kernels as if no input were beyond the border.
    func tapCount(from input: Int, to output: Int) throws(SparsifyError) -> Int {
        let what = OperationCounts.what
        if filter == nil, interpolation == .bilinear { return try Checked.multiply(2, output, what) }
        if filter == nil, interpolation == .bicubic { return try Checked.multiply(4, output, what) }
        // Each tap is worked out, which a hostile extent would make endless.
        guard output <= Self.maximumExtent else {
            throw SparsifyError(.malformed, "An axis is resized to \(output), more than \(Self.maximumExtent).")
        }
        let span = input / max(output, 1)
        guard span <= Self.maximumExtent, try Checked.multiply(span + 1, output, what) <= Self.maximumExtent * 16 else {
            throw SparsifyError(.malformed, "An axis of extent \(input) is too long to be resized.")
        }
        return try taps(from: input, to: output).reduce(0) { $0 + $1.weights.count }
    }

    private static let maximumExtent = 1 << 20

    private static func below(_ position: Float, _ input: Int) -> Int {
        min(max(Int(position.rounded(.down)), 0), input - 1)
    }

    private static func bilinear(_ position: Float, _ input: Int) -> Tap {
        let floor = position.rounded(.down)
        let upper = min(Int(position.rounded(.up)), input - 1)
        let lower = min(max(Int(floor), 0), upper)
        let share = position - floor
        return lower == upper ? Tap(start: lower, weights: [1]) : Tap(start: lower, weights: [1 - share, share])
    }

    /// TensorFlow looks the weights up in a table of 1024 steps; inputs beyond the border count nothing.
    private static func bicubic(_ position: Float, _ input: Int) -> Tap {
        let floor = position.rounded(.down)
        let offset = Float(((position - floor) * 1024).rounded(.toNearestOrEven)) / 1024
        let all = [1 + offset, offset, 1 - offset, 2 - offset].map(keysCubic)
        let first = Int(floor) - 1
        let kept = (0..<4).filter { (0..<input).contains(first + $0) }
        guard let start = kept.first else { return Tap(start: min(max(first, 0), input - 1), weights: [0]) }
        return normalised(first + start, kept.map { all[$0] })
    }

    private static func area(_ index: Int, _ input: Int, _ scale: Float) -> Tap {
        let from = Float(index) * scale
        let to = Float(index + 1) * scale
        let start = min(Int(from.rounded(.down)), input - 1)
        let end = min(max(Int(to.rounded(.up)), start + 1), input)
        var weights: [Float] = []
        for source in start..<end {
            let low = max(Float(source), from)
            let high = min(Float(source + 1), to)
            weights.append((high - low) / scale)
        }
        return Tap(start: start, weights: weights)
    }

    /// A kernel of some radius around each output's centre, as `scale_and_translate` has it.
    private static func filtered(
        _ index: Int, _ input: Int, scale: Float, _ kernel: Filter, _ antialias: Bool
    ) -> Tap {
        let inverse = 1 / scale
        let stretch = antialias ? max(inverse, 1) : 1
        let centre = (Float(index) + 0.5) * inverse
        let reach = kernel.radius * stretch
        let start = min(max(Int((centre - reach - 0.5).rounded(.up)), 0), input - 1)
        let end = min(max(Int((centre + reach - 0.5).rounded(.down)), 0), input - 1)
        guard centre <= Float(input), end >= start else { return Tap(start: start, weights: [0]) }
        var weights: [Float] = []
        for source in start...end {
            let distance: Float = abs(Float(source) + 0.5 - centre)
            weights.append(kernel.weight(distance * (1 / stretch)))
        }
        return normalised(start, weights)
    }

    private static func normalised(_ start: Int, _ weights: [Float]) -> Tap {
        let sum = weights.reduce(0, +)
        return Tap(
            start: start,
            weights: abs(sum) >= 1000 * Float.leastNormalMagnitude
                ? weights.map { $0 * (1 / sum) } : weights.map { _ in 0 })
    }
}

extension Resampling {
    private struct Filter {
        var radius: Float
        var weight: (Float) -> Float
    }

    /// The kernel, where the method is a filter: its radius, and its weight at a distance.
    private var filter: Filter? {
        switch interpolation {
        case .nearest, .area: return nil
        case .bilinear: return antialias ? Filter(radius: 1, weight: Self.triangle) : nil
        case .bicubic: return antialias ? Filter(radius: 2, weight: Self.keysCubic) : nil
        case .lanczos3: return Filter(radius: 3) { Self.lanczos($0, 3) }
        case .lanczos5: return Filter(radius: 5) { Self.lanczos($0, 5) }
        case .mitchellcubic: return Filter(radius: 2, weight: Self.mitchell)
        }
    }

    private static func triangle(_ x: Float) -> Float { x < 1 ? 1 - x : 0 }

    private static func keysCubic(_ x: Float) -> Float {
        if x >= 2 { return 0 }
        return x >= 1 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : (1.5 * x - 2.5) * x * x + 1
    }

    private static func mitchell(_ x: Float) -> Float {
        if x >= 2 { return 0 }
        let far: [Float] = [-7 / 18, 2, -10 / 3, 16 / 9]
        let near: [Float] = [7 / 6, -2, 0, 8 / 9]
        return (x >= 1 ? far : near).reduce(0) { $0 * x + $1 }
    }

    private static func lanczos(_ x: Float, _ radius: Float) -> Float {
        if x > radius { return 0 }
        if x <= 1e-3 { return 1 }
        let x = Double(x)
        let radius = Double(radius)
        return Float(radius * sineOfPi(x) * sineOfPi(x / radius) / (.pi * .pi * x * x))
    }

    /// sin πx for x of small magnitude.
    private static func sineOfPi(_ x: Double) -> Double {
        let nearest = x.rounded()
        let angle = (x - nearest) * .pi
        var term = angle
        var sum = angle
        for n in 1...12 {
            term *= -angle * angle / Double(2 * n * (2 * n + 1))
            sum += term
        }
        return nearest.truncatingRemainder(dividingBy: 2) == 0 ? sum : -sum
    }
}

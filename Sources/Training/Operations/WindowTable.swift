internal import Networks
internal import Tensors

/// Which input position lies under each tap of a window at each of its places; −1 in the padding. By place, then tap.
struct WindowTable {
    let places: Int
    let taps: Int
    let inputPositions: Int
    let sources: [Int32]

    init(places: Int, taps: Int, inputPositions: Int, sources: [Int32]) {
        self.places = places
        self.taps = taps
        self.inputPositions = inputPositions
        self.sources = sources
    }

    /// - Parameters:
    ///   - input, output: spatial extents.
    init(_ window: Window, input: [Int], output: [Int]) throws(SparsifyError) {
        places = output.reduce(1, *)
        taps = window.size.reduce(1, *)
        inputPositions = input.reduce(1, *)
        var before: [Int] = []
        for axis in input.indices { before.append(try window.paddingBefore(input[axis], axis: axis)) }
        let distances = strides(input)
        var sources: [Int32] = []
        sources.reserveCapacity(try Checked.multiply(places, taps, "number of places of a window"))
        let (placeSteps, tapSteps) = (strides(output), strides(window.size))
        for place in 0..<places {
            for tap in 0..<taps {
                var source = 0
                for axis in input.indices {
                    let position =
                        place / placeSteps[axis] % output[axis] * window.strides[axis] - before[axis]
                        + tap / tapSteps[axis] % window.size[axis] * window.dilation[axis]
                    guard (0..<input[axis]).contains(position) else {
                        source = -1
                        break
                    }
                    source += position * distances[axis]
                }
                sources.append(Int32(source))
            }
        }
        self.sources = sources
    }

    /// Whether the window only ever sees the position that it writes.
    var isPointwise: Bool { taps == 1 && places == inputPositions && sources.enumerated().allSatisfy { $0 == $1 } }

    /// Lays what the window sees side by side: (places, taps · channels), zeros in the padding.
    func gather<N: Number>(
        _ source: UnsafePointer<N>, _ target: UnsafeMutablePointer<N>, channels: Int, places range: Range<Int>
    ) {
        var to = target
        sources.withUnsafeBufferPointer { sources in
            for index in range.lowerBound * taps..<range.upperBound * taps {
                let place = Int(sources[index])
                if place < 0 {
                    to.update(repeating: .zero, count: channels)
                } else if channels == 1 {
                    to.pointee = source[place]
                } else {
                    let from = source + place * channels
                    for channel in 0..<channels { to[channel] = from[channel] }
                }
                to += channels
            }
        }
    }

    /// Adds what lies side by side back to where it came from.
    func scatter<N: Number>(
        _ source: UnsafePointer<N>, _ target: UnsafeMutablePointer<N>, channels: Int, places range: Range<Int>
    ) {
        var from = source
        sources.withUnsafeBufferPointer { sources in
            for index in range.lowerBound * taps..<range.upperBound * taps {
                let place = Int(sources[index])
                if place >= 0 {
                    let to = target + place * channels
                    for channel in 0..<channels { to[channel] += from[channel] }
                }
                from += channels
            }
        }
    }
}

internal import Networks
internal import Tensors

/// Which input position lies under each tap of a window at each of its places; −1 in the padding. By place, then tap.
struct WindowTable {
    let places: Int
    let taps: Int
    let inputPositions: Int
    let sources: [Int32]
    /// Taps that lie side by side in the window, along its last axis.
    private let runLength: Int
    /// For each run of taps at each place, where it begins in the input; −1 where its taps do not lie side by side there.
    private let runs: [Int32]

    init(places: Int, taps: Int, inputPositions: Int, sources: [Int32]) {
        self.places = places
        self.taps = taps
        self.inputPositions = inputPositions
        self.sources = sources
        (runLength, runs) = (1, sources)
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
        let length = max(window.size.last ?? 1, 1)
        runLength = length
        runs = stride(from: 0, to: sources.count, by: length).map { start in
            let first = sources[start]
            let isRun = first >= 0 && (0..<length).allSatisfy { sources[start + $0] == first + Int32($0) }
            return isRun ? first : -1
        }
    }

    /// Whether the window only ever sees the position that it writes.
    var isPointwise: Bool { taps == 1 && places == inputPositions && sources.enumerated().allSatisfy { $0 == $1 } }

    /// Lays what the window sees side by side: (places, taps · channels), zeros in the padding.
    func gather<N: Number>(
        _ source: UnsafePointer<N>, _ target: UnsafeMutablePointer<N>, channels: Int, places range: Range<Int>
    ) {
        let width = runLength * channels
        let runsAtPlace = taps / max(runLength, 1)
        var to = target
        runs.withUnsafeBufferPointer { runs in
            for run in range.lowerBound * runsAtPlace..<range.upperBound * runsAtPlace {
                let first = Int(runs[run])
                if first >= 0 {
                    let from = source + first * channels
                    for index in 0..<width { to[index] = from[index] }
                } else {
                    for tap in 0..<runLength {
                        let place = Int(sources[run * runLength + tap])
                        let part = to + tap * channels
                        if place < 0 {
                            part.update(repeating: .zero, count: channels)
                        } else {
                            let from = source + place * channels
                            for channel in 0..<channels { part[channel] = from[channel] }
                        }
                    }
                }
                to += width
            }
        }
    }

    /// Adds what lies side by side back to where it came from.
    func scatter<N: Number>(
        _ source: UnsafePointer<N>, _ target: UnsafeMutablePointer<N>, channels: Int, places range: Range<Int>
    ) {
        let width = runLength * channels
        let runsAtPlace = taps / max(runLength, 1)
        var from = source
        runs.withUnsafeBufferPointer { runs in
            for run in range.lowerBound * runsAtPlace..<range.upperBound * runsAtPlace {
                let first = Int(runs[run])
                if first >= 0 {
                    let to = target + first * channels
                    for index in 0..<width { to[index] += from[index] }
                } else {
                    for tap in 0..<runLength {
                        let place = Int(sources[run * runLength + tap])
                        guard place >= 0 else { continue }
                        let (part, to) = (from + tap * channels, target + place * channels)
                        for channel in 0..<channels { to[channel] += part[channel] }
                    }
                }
                from += width
            }
        }
    }
}

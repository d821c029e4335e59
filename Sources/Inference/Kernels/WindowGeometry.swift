internal import Networks
internal import Tensors

/// Where a window lies over an input of up to three spatial axes, which are filled up to three in front.
struct WindowGeometry: Sendable, Hashable {
    let examples: Int
    let channels: Int
    /// Of the input and the output; depth, height, width.
    let input: [Int]
    let output: [Int]
    let size: [Int]
    let strides: [Int]
    let dilation: [Int]
    /// Zeros before each axis.
    let before: [Int]

    /// - Parameters:
    ///   - rows: examples times copies.
    ///   - input, output: spatial extents.
    ///   - padding: zeros before each axis besides those of the window.
    init(_ window: Window, rows: Int, channels: Int, input: [Int], output: [Int], padding: [Int]? = nil) {
        let fill = 3 - window.size.count
        func filled(_ list: [Int], _ standard: Int) -> [Int] { Array(repeating: standard, count: fill) + list }
        examples = rows
        self.channels = channels
        self.input = filled(input, 1)
        self.output = filled(output, 1)
        size = filled(window.size, 1)
        strides = filled(window.strides, 1)
        dilation = filled(window.dilation, 1)
        var before: [Int] = []
        for axis in input.indices {
            let span = (window.size[axis] - 1) * window.dilation[axis] + 1
            let given = padding?[axis] ?? 0
            switch window.padding {
            case .valid: before.append(given)
            case .causal: before.append(span - 1)
            case .same: before.append(max((output[axis] - 1) * window.strides[axis] + span - input[axis], 0) / 2)
            }
        }
        self.before = filled(before, 0)
    }

    var taps: Int { size[0] * size[1] * size[2] }
    var outputPositions: Int { output[0] * output[1] * output[2] }
    var inputPositions: Int { input[0] * input[1] * input[2] }
    var isPointwise: Bool {
        taps == 1 && strides == [1, 1, 1] && before == [0, 0, 0] && input == output
    }

    /// Taps along an axis that lie within the input at an output position.
    @inline(__always)
    func tapRange(_ axis: Int, _ position: Int) -> Range<Int> {
        let start = position * strides[axis] - before[axis]
        let first = start >= 0 ? 0 : (-start + dilation[axis] - 1) / dilation[axis]
        let room = input[axis] - 1 - start
        let last = room < 0 ? 0 : min(room / dilation[axis] + 1, size[axis])
        return first..<max(first, last)
    }
}

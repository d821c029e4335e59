internal import Networks
internal import Tensors

/// Which positions of a value with spatial axes a window sees at each of its own.
struct WindowPlaces {
    private let spatial: [Int]
    /// Distances in the value between neighbours along the spatial axes.
    private let steps: [Int]
    /// Distance between neighbouring channels.
    let channelStep: Int

    init(_ channels: ChannelAxis, rank: Int, extents: [Int]) {
        let position = channels.position(count: extents.count)
        let strides = InputLayout.strides(extents)
        spatial = extents.indices.filter { $0 != position }.map { extents[$0] }
        steps = extents.indices.filter { $0 != position }.map { strides[$0] }
        channelStep = strides[position]
    }

    /// By output and tap, both row-major: where the input of a convolution lies; −1 in the padding.
    func places(under window: Window) throws -> [Int] {
        let outputs = try window.outputs(spatial.map(Int?.some)).compactMap(\.self)
        let tables = try spatial.indices.map { axis in
            let before = try window.paddingBefore(spatial[axis], axis: axis)
            return (0..<outputs[axis]).map { output in
                (0..<window.size[axis]).map { tap in
                    let place = output * window.strides[axis] + tap * window.dilation[axis] - before
                    return (0..<spatial[axis]).contains(place) ? place : -1
                }
            }
        }
        return combined(tables)
    }

    /// The same for the transpose of a convolution, where an output sees a tap only at some of its positions.
    func places(under rule: TransposedConvolution) throws -> [Int] {
        let window = rule.window
        let tables = try spatial.indices.map { axis in
            let before = try rule.cropBefore(spatial[axis], axis: axis)
            return (0..<(try rule.outputExtent(spatial[axis], axis: axis))).map { output in
                (0..<window.size[axis]).map { tap in
                    let distance = output + before - tap * window.dilation[axis]
                    guard distance >= 0, distance % window.strides[axis] == 0 else { return -1 }
                    let place = distance / window.strides[axis]
                    return place < spatial[axis] ? place : -1
                }
            }
        }
        return combined(tables)
    }

    /// Puts axes together: by axis, output and tap, the position along the axis or −1.
    private func combined(_ tables: [[[Int]]]) -> [Int] {
        var result = [[0]]
        for (table, step) in zip(tables, steps) {
            result = result.flatMap { places in
                table.map { taps in
                    places.flatMap { place in taps.map { place < 0 || $0 < 0 ? -1 : place + $0 * step } }
                }
            }
        }
        return Array(result.joined())
    }
}

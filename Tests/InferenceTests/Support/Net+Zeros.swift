@testable import Inference
@testable import Networks

/// Nets whose weights have zeros where a test wants them.
extension Net {
    /// A kernel of shape (window…, rows, columns) with rows and columns that are zero.
    func kernel(_ shape: [Int], rows: Set<Int> = [], columns: Set<Int> = []) -> ParameterReference {
        let (height, width) = (shape[shape.count - 2], shape[shape.count - 1])
        var position = -1
        return parameter(shape) { number in
            position += 1
            let isZero = rows.contains(position / width % height) || columns.contains(position % width)
            return isZero ? 0 : number == 0 ? 0.5 : number
        }
    }

    func dense(
        _ x: ValueID, _ inputs: Int, _ units: Int, rows: Set<Int> = [], columns: Set<Int> = [],
        bias: ((Double) -> Double)? = { $0 }
    ) throws -> ValueID {
        let rank = program[x].extents!.count
        let parameters = [kernel([inputs, units], rows: rows, columns: columns)] + biases(units, bias)
        return try push(
            .contraction(Contraction(lastOf: rank, inputs: inputs, units: units, hasBias: bias != nil)), [x],
            parameters)
    }

    func convolution(
        _ x: ValueID, _ inputs: Int, _ filters: Int, size: Int = 3, padding: Window.Padding = .same,
        rows: Set<Int> = [], columns: Set<Int> = [], bias: ((Double) -> Double)? = { $0 }
    ) throws -> ValueID {
        let window = Window(size: [size, size], strides: [1, 1], padding: padding)
        let parameters = [kernel([size, size, inputs, filters], rows: rows, columns: columns)] + biases(filters, bias)
        return try push(
            .convolution(Convolution(window: window, filters: filters, channels: .last, hasBias: bias != nil)), [x],
            parameters)
    }

    private func biases(_ count: Int, _ body: ((Double) -> Double)?) -> [ParameterReference] {
        body.map { [parameter([count], $0)] } ?? []
    }

    func function(_ name: String, _ x: ValueID) throws -> ValueID {
        try push(.activation(Activation(name).canonical()), [x])
    }
}

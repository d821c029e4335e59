internal import Networks

/// A value of each row several times.
struct TilingKernel<T: Scalar>: Kernel {
    let rows: Int
    let rowCount: Int
    let times: Int

    @specialized(where T == Float)
    @specialized(where T == Double)
    func run(_ operands: Operands<T>) {
        for row in 0..<rows {
            for copy in 0..<times {
                (operands.outputs[0] + (row * times + copy) * rowCount)
                    .copy(operands.inputs[0] + row * rowCount, rowCount)
            }
        }
    }
}

/// 0, 1, 2, … for every row.
struct PositionsKernel<T: Scalar>: Kernel {
    let rows: Int
    let count: Int

    @specialized(where T == Float)
    @specialized(where T == Double)
    func run(_ operands: Operands<T>) {
        for row in 0..<rows {
            for index in 0..<count { operands.outputs[0][row * count + index] = T(index) }
        }
    }
}

/// The same numbers for every row.
struct ConstantKernel<T: Scalar>: Kernel {
    let rows: Int
    let values: Storage<T>

    @specialized(where T == Float)
    @specialized(where T == Double)
    func run(_ operands: Operands<T>) {
        for row in 0..<rows {
            (operands.outputs[0] + row * values.count).copy(values.base, values.count)
        }
    }
}

/// Negative elements times slopes that broadcast over each row.
struct SlopeKernel<T: Scalar>: Kernel {
    private let broadcast: Broadcast
    private let slopes: Storage<T>

    init(_ value: ValueLayout, slopes: Storage<T>, shape: [Int]) throws {
        broadcast = Broadcast([try ValueLayout(rows: 1, extents: shape)], over: value)
        self.slopes = slopes
    }

    var worksInPlace: Bool { true }

    @specialized(where T == Float)
    @specialized(where T == Double)
    func run(_ operands: Operands<T>) {
        let inner = broadcast.inner
        let step = broadcast.innerStep(0)
        for walk in 0..<broadcast.outer {
            let (source, target) = (operands.inputs[0] + walk * inner, operands.outputs[0] + walk * inner)
            let slope = slopes.base + broadcast.offset(0, walk)
            for index in 0..<inner {
                let value = source[index]
                target[index] = value < 0 ? value * slope[index * step] : value
            }
        }
    }
}

internal import Networks
internal import Tensors

/// Rows of a table by their numbers.
struct GatherKernel<T: Scalar>: Kernel {
    private let count: Int
    private let rows: Int
    private let dimension: Int
    private let table: WeightMatrix<T>
    private let name: String
    private let countsFromEnd: Bool

    init(count: Int, rows: Int, _ primitive: Gather, table: WeightMatrix<T>, name: String) {
        self.count = count
        self.rows = rows
        dimension = primitive.dimension
        countsFromEnd = primitive.countsFromEnd
        self.table = table
        self.name = name
    }

    var isSparse: Bool { if case .sparse = table { true } else { false } }

    @specialized(where T == Float)
    @specialized(where T == Double)
    func run(_ operands: Operands<T>) throws {
        for index in 0..<count {
            let given = operands.inputs[0][index]
            let whole = given.rounded(.towardZero)
            let number = countsFromEnd && whole < 0 ? whole + T(rows) : whole
            guard number >= 0, number < T(rows) else {
                throw SparsifyError(
                    .usage, "An input of layer '\(name)' is \(given), and its table has the rows 0 to \(rows - 1).")
            }
            let target = operands.outputs[0] + index * dimension
            switch table {
            case .dense(let storage): target.copy(storage.base + Int(number) * dimension, dimension)
            case .sparse(let weights):
                target.clear(dimension)
                weights.scatter(output: Int(number), into: target)
            }
        }
    }
}

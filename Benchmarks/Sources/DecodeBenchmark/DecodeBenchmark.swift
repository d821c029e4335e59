import Dispatch
import SparseModels

/// `decode-benchmark FILE [THREADS]`: how long it takes to open a `.spm` file and decode every tensor to a dense array,
/// and to CSR as stored and turned output-major. Prints one JSON object with seconds.
@main
struct DecodeBenchmark {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 2 else { fatalError("usage: decode-benchmark FILE [THREADS]") }
        let threads = arguments.count > 2 ? Int(arguments[2]) ?? 1 : 2

        var model = try SparseModel(contentsOf: arguments[1], threads: threads)
        var sink = 0
        let dense = try best {
            model = try SparseModel(contentsOf: arguments[1], threads: threads)
            for name in model.names { sink &+= try model.dense(name).withBytes { $0.count } }
        }
        let weights = try model.names.filter { try model.description(of: $0).isMatrixOfFloat32 }
        var matrices: [SparseMatrix] = []
        let sparse = try best { matrices = try weights.map { try model.matrix($0) } }
        let transposed = best { for matrix in matrices { sink &+= matrix.transposed().nonzeros } }
        print(
            """
            {"dense": \(dense), "csr": \(sparse), "transpose": \(transposed), "threads": \(threads), "check": \(sink)}
            """)
    }

    /// The best of three runs in this process, as the peer is measured.
    static func best(_ body: () throws -> Void) rethrows -> Double {
        try (0..<3).map { _ in try seconds(body) }.min()!
    }

    private static func seconds(_ body: () throws -> Void) rethrows -> Double {
        let start = DispatchTime.now().uptimeNanoseconds
        try body()
        return Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
    }
}

extension TensorDescription {
    fileprivate var isMatrixOfFloat32: Bool { elementType == .float32 && shape.rank >= 2 }
}

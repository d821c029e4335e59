import SparseModels
import Synchronization
import Tensors

@testable import Sparsify

/// A fixture's float32 tensors as another way through the program gives them: converted to `.spm`, and opened as an app
/// opens it. Pruned here by sorting, without the planner.
struct DenseModel: Sendable {
    let names: [String]
    let values: [String: [Float]]

    /// Each fixture is converted once.
    static func of(_ fixture: String) throws -> DenseModel {
        try cache.withLock { cache in
            if let known = cache[fixture] { return known }
            let model = try DenseModel(fixture)
            cache[fixture] = model
            return model
        }
    }

    private static let cache = Mutex<[String: DenseModel]>([:])

    private init(_ fixture: String) throws {
        let folder = try TemporaryFolder()
        var job = ConvertJob(input: Fixtures.path(fixture), output: folder("dense.spm"))
        job.dropsOptimizer = true
        _ = try job.run()
        let model = try SparseModel(contentsOf: folder("dense.spm"))
        names = model.names
        var values: [String: [Float]] = [:]
        for name in names where try model.description(of: name).elementType == .float32 {
            values[name] = try model.dense(name).floats
        }
        self.values = values
    }

    /// Every element of these tensors, the first to go first: by magnitude, then tensor, then position. Bits of numbers
    /// that are not negative sort as the numbers do, and one integer of all three sorts fast.
    func order(_ prunable: [String]) -> [(tensor: Int, index: Int)] {
        var keys: [UInt64] = []
        for (tensor, name) in prunable.enumerated() {
            let values = values[name]!
            precondition(tensor < 1 << 8 && values.count < 1 << 24)
            for index in values.indices {
                keys.append(UInt64(values[index].magnitude.bitPattern) << 32 | UInt64(tensor << 24 | index))
            }
        }
        keys.sort()
        return keys.map { (tensor: Int($0 >> 24) & 0xff, index: Int($0) & 0xff_ffff) }
    }

    /// The tensors after pruning a share of the elements of `prunable`: of all together, or of each.
    func pruned(_ prunable: [String], _ sparsity: Double, isGlobal: Bool) -> [String: [Float]] {
        var result = values
        for group in isGlobal ? [prunable] : prunable.map({ [$0] }) {
            let order = order(group)
            for (tensor, index) in order[..<Self.zeros(sparsity, order.count)] { result[group[tensor]]![index] = 0 }
        }
        return result
    }

    static func zeros(_ sparsity: Double, _ count: Int) -> Int {
        Int((sparsity * Double(count)).rounded(.toNearestOrEven))
    }
}

/// The bytes of these numbers, little-endian as all machines are that this runs on.
func bits(_ values: [Float]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }

internal import Synchronization

/// What the pieces of a batch come to, gathered from several threads.
final class PieceResults<Element: Scalar>: Sendable {
    private let results: Mutex<[Result<[Tensor<Element>], any Error>?]>

    init(count: Int) { results = Mutex(Array(repeating: nil, count: count)) }

    func set(_ index: Int, _ body: () throws -> [Tensor<Element>]) {
        let result = Result { try body() }
        results.withLock { $0[index] = result }
    }

    /// - Throws: the error of the first piece that failed.
    func values() throws -> [[Tensor<Element>]] {
        try results.withLock { results in try results.map { try $0!.get() } }
    }
}

internal import ModelIO
internal import Tensors

/// Which tensors of two files differ, and by how much.
public struct DiffJob: Sendable {
    public var left: String
    public var right: String
    public var options = JobOptions()

    public init(left: String, right: String) {
        self.left = left
        self.right = right
    }

    public struct Outcome: Sendable, Hashable, Encodable {
        public var left: String
        public var right: String
        public var onlyLeft: [String] = []
        public var onlyRight: [String] = []
        public var tensors: [TensorDifference] = []

        /// Whether every tensor is there twice with the same bits.
        public var isSame: Bool {
            onlyLeft.isEmpty && onlyRight.isEmpty && tensors.allSatisfy { $0.differing == 0 && $0.mismatch == nil }
        }
    }

    public struct TensorDifference: Sendable, Hashable, Encodable {
        public var name: String
        public var elements: Int
        /// Elements whose bits differ.
        public var differing: Int
        /// Of those, zero in the left file only, and in the right file only.
        public var zeroLeftOnly: Int
        public var zeroRightOnly: Int
        /// Largest |left − right| over finite numbers; nil where the type has none.
        public var largestDifference: Double?
        /// ‖left − right‖₂ / ‖right‖₂; nil where that is no finite number.
        public var relativeDifference: Double?
        /// How shapes or types differ; the values are then not compared.
        public var mismatch: String?
    }

    public func run() throws -> Outcome {
        let (a, b) = (try OpenModel(left, options: options), try OpenModel(right, options: options))
        let comparison = TensorComparison(left: a.reader, right: b.reader, options: options)
        var outcome = Outcome(left: left, right: right)
        options.progress?.begin("comparing", total: a.reader.tensors.reduce(0) { $0 + $1.byteCount })
        for pair in comparison.pairs {
            switch pair {
            case .onlyLeft(let name): outcome.onlyLeft.append(name)
            case .onlyRight(let name): outcome.onlyRight.append(name)
            case .both(let name, let leftIndex, let rightIndex):
                outcome.tensors.append(try difference(comparison, name, leftIndex, rightIndex))
                options.progress?.add(a.reader.tensors[leftIndex].byteCount)
            }
        }
        return outcome
    }

    private func difference(
        _ comparison: TensorComparison, _ name: String, _ leftIndex: Int, _ rightIndex: Int
    ) throws -> TensorDifference {
        let info = comparison.left.tensors[leftIndex]
        var result = TensorDifference(
            name: name, elements: info.elementCount, differing: 0, zeroLeftOnly: 0, zeroRightOnly: 0,
            mismatch: comparison.declarationMismatch(leftIndex, rightIndex))
        guard result.mismatch == nil else { return result }
        let difference = try comparison.compare(leftIndex, rightIndex)
        result.differing = difference.differing
        result.zeroLeftOnly = difference.onlyRight
        result.zeroRightOnly = difference.onlyLeft
        guard info.elementType.isFloatingPoint else { return result }
        result.largestDifference = difference.largestDifference
        let relative = (difference.squaredDifference / difference.squaredRight).squareRoot()
        if relative.isFinite { result.relativeDifference = relative }
        return result
    }
}

import Pruning
import Reports
import Tensors
import Testing

@testable import Sparsify

/// What every criterion in the catalog promises.
@Suite struct CriterionContractTests {
    private static let floats = ElementType.allCases.filter(\.isFloatingPoint)

    /// Bit patterns of every kind: zeros of both signs, subnormals, NaN, infinities, and noise.
    private static func elements(_ type: ElementType, _ count: Int = 5000) -> [UInt8] {
        let width = type.byteWidth
        var state: UInt64 = 42
        var result: [UInt8] = []
        for index in 0..<count {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            var bits = withUnsafeBytes(of: (state ^ state >> 29).littleEndian) { Array($0.prefix(width)) }
            switch index % 50 {
            case 0: bits = [UInt8](repeating: 0, count: width)
            case 1: bits = [UInt8](repeating: 0, count: width - 1) + [0x80]
            case 2: bits = [UInt8](repeating: 0xff, count: width)
            case 3: bits = [1] + [UInt8](repeating: 0, count: width - 1)
            case 4: bits = [UInt8](repeating: 0, count: width - 2) + infinity(type)
            default: break
            }
            result += bits
        }
        return result
    }

    /// The two highest bytes.
    private static func infinity(_ type: ElementType) -> [UInt8] {
        switch type {
        case .float16: [0x00, 0x7c]
        case .float64: [0xf0, 0x7f]
        default: [0x80, 0x7f]
        }
    }

    private func scores(
        _ criterion: any PruningCriterion, _ type: ElementType, _ bytes: [UInt8], offset: Int, isDouble: Bool
    ) -> [Double] {
        let width = type.byteWidth
        let count = bytes.count / width
        let memory = RawBuffer(byteCount: max(bytes.count, 1))
        memory.bytes.copyBytes(from: bytes)
        let tile = WeightTile(
            tensor: 1, offset: offset, elementType: type,
            elements: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(memory.bytes)[..<bytes.count]))
        if isDouble {
            var result = [Double](repeating: .nan, count: count)
            result.withUnsafeMutableBufferPointer { criterion.score(tile, into: .double($0)) }
            return result
        }
        var result = [Float](repeating: .nan, count: count)
        result.withUnsafeMutableBufferPointer { criterion.score(tile, into: .single($0)) }
        return result.map(Double.init)
    }

    private func make(_ id: String, seed: UInt64) throws -> any PruningCriterion {
        guard case .weights(let make) = try Catalog.criterion(id).make else {
            throw SparsifyError(.usage, "\(id) looks at data")
        }
        return make(CriterionOptions(seed: seed))
    }

    @Test(arguments: Catalog.criteriaOfWeights, floats)
    func scoresAreFiniteRepeatableAndFreeOfTiles(id: String, type: ElementType) throws {
        let bytes = Self.elements(type)
        for isDouble in [false, true] {
            let criterion = try make(id, seed: 3)
            #expect(criterion.id == id)
            #expect(!criterion.summary.isEmpty)
            let whole = scores(criterion, type, bytes, offset: 100, isDouble: isDouble)
            #expect(whole.allSatisfy { $0.isFinite && $0 >= 0 })
            #expect(Set(whole).count > 10)
            let again = try make(id, seed: 3)
            #expect(scores(again, type, bytes, offset: 100, isDouble: isDouble) == whole)
            var pieces: [Double] = []
            for cut in [(0, 1), (1, 700), (700, 701), (701, 4999), (4999, 5000)] {
                let piece = Array(bytes[cut.0 * type.byteWidth..<cut.1 * type.byteWidth])
                pieces += scores(criterion, type, piece, offset: 100 + cut.0, isDouble: isDouble)
            }
            #expect(pieces == whole)
        }
    }

    @Test(arguments: Catalog.criteriaOfWeights)
    func theSeedMattersWhereItIsSaidTo(id: String) throws {
        let entry = try Catalog.criterion(id)
        let bytes = Self.elements(.float32)
        let found = try [1, 2].map { seed in
            scores(try make(id, seed: seed), .float32, bytes, offset: 0, isDouble: false)
        }
        #expect((found[0] != found[1]) == entry.usesSeed)
    }

    @Test(arguments: Catalog.criteria.map(\.id))
    func everyCriterionPrunesExactly(id: String) throws {
        let folder = try TemporaryFolder()
        var job = PruneJob(
            input: Fixtures.path("tiny.h5"), output: folder("out.spm"),
            request: try PruningRequest(sparsity: 0.77))
        job.criterion = id
        let entry = try Catalog.criterion(id)
        if entry.needs != .nothing {
            var noise = SplitMix64(seed: 1)
            let x = (0..<32 * 4).map { _ in Float(noise.next(below: 2001)) / 1000 - 1 }
            let y = (0..<32).map { _ in Float(noise.next(below: 3)) }
            try writeArchive(folder("d.npz"), [("x", [32, 4], x), ("y", [32], y)])
            job.data = DataRequest(file: folder("d.npz"))
        }
        if entry.needs == .training { job.training = TrainingRequest(epochs: 4) }
        let report = try job.run()
        #expect(report.pruning?.criterion == id)
        let pruning = try #require(report.pruning)
        #expect(pruning.zeros == pruning.requestedZeros)
        let sizes = entry.isLayerwise ? report.tensors.filter(\.prunable).map(\.elements) : [pruning.prunableElements]
        #expect(pruning.zeros == sizes.reduce(0) { $0 + DenseModel.zeros(0.77, $1) })
        #expect((report.pruning?.data != nil) == (entry.needs != .nothing))
        #expect((report.pruning?.seed != nil) == (try Catalog.criterion(id)).usesSeed)
    }

    @Test func identifiersAreUnique() {
        #expect(Set(Catalog.criteria.map(\.id)).count == Catalog.criteria.count)
        #expect(throws: SparsifyError.self) { try Catalog.criterion("no such criterion") }
        #expect(Catalog.criteria.allSatisfy { !$0.summary.isEmpty })
    }

    @Test(arguments: Catalog.criteria.filter { $0.needs != .nothing }.map(\.id))
    func aCriterionThatNeedsDataAsksForIt(id: String) throws {
        let folder = try TemporaryFolder()
        var job = PruneJob(
            input: Fixtures.path("digits_mlp.h5"), output: folder("out.spm"), request: try PruningRequest(sparsity: 0.5)
        )
        job.criterion = id
        #expect { try job.run() } throws: {
            ($0 as? SparsifyError)?.code == .usage && "\($0)".contains("--data")
        }
        #expect(folder.contents.isEmpty)
    }
}

extension Catalog {
    /// Criteria that score weights by themselves.
    static var criteriaOfWeights: [String] { criteria.filter { $0.needs == .nothing }.map(\.id) }
}

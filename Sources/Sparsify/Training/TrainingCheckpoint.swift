internal import ModelIO
internal import Pruning
internal import Reports
internal import Tensors

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// The state of a training in a file, which is there as a whole or not at all.
///
/// The length of a header in eight bytes, the header in JSON, then the numbers: variables, moments, weights to go back to,
/// best weights, each as the header says, little-endian; then a byte for each prunable element.
final class TrainingCheckpoint {
    private let path: String
    private let fingerprint: String
    private var saved = ContinuousClock.now

    private static let name = "training.checkpoint"
    private static let version = 1
    private static let interval = Duration.seconds(20)

    private struct Header: Codable {
        var version: Int
        var fingerprint: String
        var step: Int
        var variables: Int
        var moments: Int
        var sparsity: Double
        var requestedZeros: Int
        var running: TrainingState.EpochSums
        var curve: [TrainingPoint]
        var outcomes: [[Int]]
        /// Elements of each prunable tensor, where there is a mask.
        var masked: [Int]?
        var rewound: Int?
        var best: Best?

        struct Best: Codable {
            var epoch: Int
            var loss: Double
            var accuracy: Double?
            var count: Int
        }
    }

    /// - Throws: `io` where the folder cannot be made.
    init(folder: String, fingerprint: String) throws {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw SparsifyError(.io, "The folder for checkpoints cannot be made.", file: folder)
        }
        path = folder + (folder.hasSuffix("/") ? "" : "/") + Self.name
        self.fingerprint = fingerprint
    }

    /// Whether it is some time since the state was saved last.
    var isDue: Bool { ContinuousClock.now - saved > Self.interval }

    func save(_ state: TrainingState) throws {
        let header = Header(
            version: Self.version, fingerprint: fingerprint, step: state.step, variables: state.values.count,
            moments: state.moments.count, sparsity: state.sparsity, requestedZeros: state.requestedZeros,
            running: state.running, curve: state.curve,
            outcomes: state.outcomes.map { [$0.pruned, $0.kept, $0.isHeldByFloor ? 1 : 0, $0.nonfinite] },
            masked: state.kept?.map(\.count), rewound: state.rewound?.count,
            best: state.best.map {
                .init(epoch: $0.epoch, loss: $0.loss, accuracy: $0.accuracy, count: $0.parameters.count)
            })
        let text = Array(JSONText.line(header).utf8)
        let file = try AtomicFile(path: path, overwrite: true)
        try withUnsafeBytes(of: UInt64(text.count).littleEndian) { try file.write($0) }
        try text.withUnsafeBytes { try file.write($0) }
        let numbers = [state.values] + state.moments + [state.rewound ?? [], state.best?.parameters ?? []]
        for numbers in numbers { try numbers.withUnsafeBytes { try file.write($0) } }
        for mask in state.kept ?? [] { try mask.map { UInt8($0 ? 1 : 0) }.withUnsafeBytes { try file.write($0) } }
        try file.commit()
        saved = ContinuousClock.now
    }

    /// The state that was saved last; nil where there is none.
    ///
    /// - Parameters:
    ///   - variables, moments: how many the trainer has.
    ///   - parameters: the length of θ.
    ///   - steps: of the whole training.
    ///   - masks: elements of each prunable tensor.
    /// - Throws: `usage` where it belongs to another training; `malformed` where the file is damaged.
    func load(
        variables: Int, moments: Int, parameters: Int, steps: Int, masks: [Int]
    ) throws -> TrainingState? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let damage = SparsifyError(
            .malformed, "This is no checkpoint of a training, or it is damaged.", file: path,
            remedy: "Remove it to begin anew.")
        guard let bytes = FileManager.default.contents(atPath: path), bytes.count >= 8 else { throw damage }
        let length = bytes.prefix(8).enumerated().reduce(UInt64(0)) {
            $0 | UInt64($1.element) << (8 * UInt64($1.offset))
        }
        guard length <= UInt64(bytes.count - 8) else { throw damage }
        var place = 8 + Int(length)
        guard let header = JSONText.decode(Header.self, bytes[8..<place]),
            header.version == Self.version
        else { throw damage }
        guard header.fingerprint == fingerprint else {
            throw SparsifyError(
                .usage, "This checkpoint is of another training: the model, the data or the options differ.",
                file: path,
                remedy: "Give the same ones as before, or another folder, or remove the file to begin anew.")
        }
        func take(_ count: Int) throws -> ArraySlice<UInt8> {
            guard count >= 0, count <= bytes.count - place else { throw damage }
            defer { place += count }
            return Array(bytes[place..<place + count])[...]
        }
        func floats(_ count: Int) throws -> [Float] {
            guard count >= 0, count <= bytes.count / 4 else { throw damage }
            let raw = try take(4 * count)
            return raw.withUnsafeBytes { raw in
                (0..<count).map { raw.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
            }
        }
        guard header.variables == variables, header.moments == moments,
            header.outcomes.allSatisfy({ $0.count == 4 }),
            header.outcomes.count == (header.masked == nil ? 0 : masks.count),
            header.masked ?? masks == masks, header.rewound ?? parameters == parameters,
            header.best?.count ?? parameters == parameters, (0...steps).contains(header.step)
        else { throw damage }
        var state = TrainingState()
        (state.step, state.sparsity, state.requestedZeros) = (header.step, header.sparsity, header.requestedZeros)
        (state.running, state.curve) = (header.running, header.curve)
        state.outcomes = header.outcomes.map {
            TensorOutcome(pruned: $0[0], kept: $0[1], isHeldByFloor: $0[2] != 0, nonfinite: $0[3])
        }
        state.values = try floats(variables)
        state.moments = try (0..<moments).map { _ in try floats(variables) }
        state.rewound = try header.rewound.map(floats)
        if let best = header.best {
            state.best = .init(
                epoch: best.epoch, loss: best.loss, accuracy: best.accuracy, parameters: try floats(best.count))
        }
        state.kept = try header.masked?.map { try take($0).map { $0 != 0 } }
        guard place == bytes.count else { throw damage }
        return state
    }
}

internal import Pruning
internal import Tensors
internal import Training

/// What a training depends on, as a short text: two with the same go through the same states.
enum TrainingFingerprint {
    static func of(
        _ training: TrainingRequest, _ choices: TrainingChoices, _ request: PruningRequest, _ entry: CriterionEntry,
        _ options: CriterionOptions,
        _ allocation: String?, _ examples: Examples, _ parameters: [Float], isValidated: Bool
    ) throws -> String {
        var plain = training
        (plain.checkpoint, plain.log) = (nil, nil)
        var hash = Hash()
        hash.add("\(plain) \(choices) \(request) \(entry.id) \(options) \(allocation ?? "global") \(isValidated)")
        for input in examples.inputs { try hash.add(input) }
        switch examples.labels {
        case .classes(let classes): hash.add(classes.map { Float($0) })
        case .values(let values): hash.add(values)
        }
        hash.add(parameters)
        return String(hash.value, radix: 16)
    }

    private struct Hash {
        private(set) var value: UInt64 = 0

        private mutating func add(_ word: UInt64) { value = SplitMix64.mix(value ^ word) &+ SplitMix64.step }

        mutating func add(_ text: String) {
            for byte in text.utf8 { add(UInt64(byte)) }
        }

        mutating func add(_ store: any ExampleStore) throws {
            var tile = [Float](repeating: 0, count: 1 << 16)
            for start in stride(from: 0, to: store.count, by: tile.count) {
                let count = min(tile.count, store.count - start)
                try tile.withUnsafeMutableBufferPointer { try store.read(start..<start + count, into: $0.baseAddress!) }
                add(Array(tile[..<count]))
            }
        }

        mutating func add(_ numbers: [Float]) {
            add(UInt64(numbers.count))
            for number in numbers { add(UInt64(number.bitPattern)) }
        }
    }
}

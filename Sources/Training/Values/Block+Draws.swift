internal import CVectorKernels
internal import Tensors

/// What the noise of a batch is drawn by; for one thread.
final class Chance {
    /// Nil: there is no noise.
    var seed: UInt64?

    /// What the program's step of this number draws by; nil: there is no noise.
    func seed(ofStep number: Int) -> UInt64? { seed.map { Self.seed($0, ofStep: number) } }

    /// Seeds of different steps have nothing to do with one another.
    static func seed(_ seed: UInt64, ofStep number: Int) -> UInt64 {
        SplitMix64.mix(seed &+ UInt64(number) &* SplitMix64.step)
    }
}

extension Block {
    /// Fills it with numbers of the standard normal distribution. The same seed gives the same numbers.
    func drawNormals(seed: UInt64) {
        if let block = self as? Block<Float> {
            vk_normals(block.base, block.count, seed)
        } else {
            var normals = [Float](repeating: 0, count: count)
            vk_normals(&normals, count, seed)
            for index in normals.indices { base[index] = N(Double(normals[index])) }
        }
    }

    /// Fills it with zeros, with this probability, and ones.
    func drawKept(dropping probability: Double, seed: UInt64) {
        let bound = UInt64(probability * 0x1p53)
        for index in 0..<count {
            let bits = SplitMix64.mix(seed &+ UInt64(index) &* SplitMix64.step) >> 11
            base[index] = bits < bound ? .zero : N(1)
        }
    }
}

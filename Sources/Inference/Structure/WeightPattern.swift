/// Which outputs of a kernel read which inputs, and where its weights are finite.
struct WeightPattern {
    /// By output, a bit for each input.
    private var bits: [UInt64]
    private let wordCount: Int
    private(set) var inputsAreFinite: [Bool]
    private(set) var outputsAreFinite: [Bool]

    init(_ kernel: ChannelKernel) {
        wordCount = (kernel.inputs + 63) / 64
        bits = Array(repeating: 0, count: wordCount * kernel.outputs)
        inputsAreFinite = Array(repeating: true, count: kernel.inputs)
        outputsAreFinite = Array(repeating: true, count: kernel.outputs)
    }

    @inline(__always)
    mutating func add(_ input: Int, to output: Int, isFinite: Bool) {
        bits[output * wordCount + input / 64] |= 1 << UInt64(input % 64)
        if !isFinite {
            inputsAreFinite[input] = false
            outputsAreFinite[output] = false
        }
    }

    /// Calls with every input that an output reads.
    func forEachInput(of output: Int, _ body: (Int) -> Void) {
        for word in 0..<wordCount {
            var rest = bits[output * wordCount + word]
            while rest != 0 {
                body(word * 64 + rest.trailingZeroBitCount)
                rest &= rest - 1
            }
        }
    }

    /// Whether an output reads any input but those listed.
    func reads(_ output: Int, besides ignored: [Bool]) -> Bool {
        var found = false
        forEachInput(of: output) { if !ignored[$0] { found = true } }
        return found
    }
}

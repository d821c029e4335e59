import CProcessor
import CVectorKernels
import Foundation
import Testing

/// The loops in C at every level that this processor has. In processes of their own: the level is the whole process's,
/// and a touch of a page that is not theirs ends it.
@Suite struct VectorKernelTests {
    @Test func loopsOverTwoValues() async {
        await #expect(processExitsWith: .success) { VectorChecks.everywhere(VectorChecks.loopsOverTwoValues) }
    }

    @Test func functions() async {
        await #expect(processExitsWith: .success) { VectorChecks.everywhere(VectorChecks.functions) }
    }

    @Test func biasesAndBounds() async {
        await #expect(processExitsWith: .success) { VectorChecks.everywhere(VectorChecks.biasesAndBounds) }
    }

    @Test func depthwiseRows() async {
        await #expect(processExitsWith: .success) {
            VectorChecks.everywhere { level, atEnd in
                for channels in [1, 3, 4, 6, 8, 11, 15, 16, 17, 24, 29, 33] {
                    VectorChecks.depthwiseRows(level, atEnd, channels)
                }
            }
        }
    }
}

/// What is checked, against plain loops between pages that cannot be touched.
private enum VectorChecks {
    static func everywhere(_ check: (Int32, Bool) -> Void) {
        for level in 0...processor_best_level() {
            for atEnd in [false, true] { check(level, atEnd) }
        }
    }

    private static func atLevel(_ level: Int32, _ body: () -> Void) {
        let before = processor_level()
        processor_set_level(level)
        body()
        processor_set_level(before)
    }

    private static func numbers(_ count: Int, _ seed: Int, scale: Double = 4) -> [Float] {
        var generator = SplitMix64(UInt64(seed))
        return (0..<count).map { _ in Float(generator.number() * scale) }
    }

    private static func close(_ found: [Float], _ wanted: [Double], _ tolerance: Double = 3e-7) -> Bool {
        gap(found, wanted) <= tolerance
    }

    static func loopsOverTwoValues(_ level: Int32, _ atEnd: Bool) {
        for count in 0...70 {
            let (a, b, c) = (numbers(count, 1), numbers(count, 2), numbers(count, 3))
            func each(_ body: (Double, Double, Double) -> Double) -> [Double] {
                (0..<count).map { body(Double(a[$0]), Double(b[$0]), Double(c[$0])) }
            }
            let (x, y, z) = (
                GuardedFloats(a, atEnd: atEnd), GuardedFloats(b, atEnd: atEnd), GuardedFloats(c, atEnd: atEnd)
            )
            let out = GuardedFloats(numbers(count, 4), atEnd: atEnd)
            atLevel(level) {
                vk_add(x.base, y.base, out.base, count, -1, 2)
                #expect(close(out.values, each { a, b, _ in min(max(a + b, -1), 2) }))
                vk_add(x.base, y.base, out.base, count, -.infinity, .infinity)
                #expect(close(out.values, each { a, b, _ in a + b }))
                vk_multiply(x.base, y.base, out.base, count)
                #expect(close(out.values, each { a, b, _ in a * b }))
                vk_affine(x.base, y.base, z.base, out.base, count)
                #expect(close(out.values, each { a, b, c in a * b + c }, 1e-6))
                // In place.
                vk_maximum(x.base, y.base, count)
                #expect(close(y.values, each { a, b, _ in max(a, b) }, 0))
                vk_add(x.base, x.base, x.base, count, 0, .infinity)
                #expect(close(x.values, each { a, _, _ in max(2 * a, 0) }))
            }
        }
    }

    static func functions(_ level: Int32, _ atEnd: Bool) {
        for count in 0...70 {
            let given = numbers(count, count, scale: count % 3 == 0 ? 100 : 5)
            let doubles = given.map(Double.init)
            func check(_ wanted: (Double) -> Double, _ run: (UnsafeMutablePointer<Float>) -> Void) {
                let values = GuardedFloats(given, atEnd: atEnd)
                run(values.base)
                #expect(close(values.values, doubles.map(wanted), 1e-6))
            }
            atLevel(level) {
                check({ 1 / (1 + exp(-$0)) }) { vk_sigmoid($0, count) }
                check({ $0 / (1 + exp(-$0)) }) { vk_silu($0, count) }
                check({ tanh($0) }) { vk_tanh($0, count) }
                let top = given.max() ?? 0
                check({ exp($0 - Double(top)) }) { values in
                    let sum = vk_exponentials(values, count, top)
                    let wanted = doubles.reduce(0) { $0 + exp($1 - Double(top)) }
                    #expect(abs(Double(sum) - wanted) <= 1e-6 * max(wanted, 1))
                }
            }
        }
    }

    static func biasesAndBounds(_ level: Int32, _ atEnd: Bool) {
        for columns in [0, 1, 3, 7, 8, 15, 16, 17, 31, 33, 64, 70] {
            for (rows, gapCount, hasBias) in [(1, 0, true), (3, 5, true), (3, 0, false), (0, 2, true)] {
                let stride = columns + gapCount
                let count = rows == 0 ? 0 : (rows - 1) * stride + columns
                let (given, bias) = (numbers(count, 1), numbers(columns, 2))
                let values = GuardedFloats(given, atEnd: atEnd)
                let biases = GuardedFloats(bias, atEnd: atEnd)
                var wanted = given.map(Double.init)
                for row in 0..<rows {
                    for column in 0..<columns {
                        let sum = wanted[row * stride + column] + (hasBias ? Double(bias[column]) : 0)
                        wanted[row * stride + column] = min(max(sum, -2), 3)
                    }
                }
                atLevel(level) {
                    vk_bias_clamp(values.base, hasBias ? biases.base : nil, rows, columns, stride, -2, 3)
                }
                #expect(close(values.values, wanted))
            }
        }
    }

    static func depthwiseRows(_ level: Int32, _ atEnd: Bool, _ channels: Int) {
        for (input, taps, stride, dilation, before, output) in [
            (9, 3, 1, 1, 1, 9), (9, 3, 2, 1, 0, 4), (12, 2, 1, 3, 3, 12), (2, 5, 1, 1, 2, 2), (20, 4, 3, 2, 1, 6),
            (1, 1, 1, 1, 0, 1), (7, 3, 1, 1, 0, 5),
        ] {
            for lines in [0, 1, 3] {
                let sources = (0..<lines).map {
                    GuardedFloats(numbers(input * channels, $0 + 1), atEnd: ($0 % 2 == 0) == atEnd)
                }
                let kernels = (0..<lines).map {
                    GuardedFloats(numbers(taps * channels, $0 + 9), atEnd: ($0 % 2 == 1) == atEnd)
                }
                let bias = GuardedFloats(numbers(channels, 5), atEnd: true)
                let out = GuardedFloats(numbers(output * channels, 6), atEnd: lines == 1)
                var wanted: [Double] = []
                for column in 0..<output {
                    for channel in 0..<channels {
                        var sum = lines == 1 ? 0 : Double(bias.values[channel])
                        for line in 0..<lines {
                            for tap in 0..<taps {
                                let place = column * stride - before + tap * dilation
                                guard place >= 0, place < input else { continue }
                                sum +=
                                    Double(sources[line].base[place * channels + channel])
                                    * Double(kernels[line].base[tap * channels + channel])
                            }
                        }
                        wanted.append(min(max(sum, -5), 20))
                    }
                }
                var shape = vk_depthwise(
                    channels: channels, output: output, input: input, taps: taps, stride: stride, dilation: dilation,
                    before: before, lines: lines)
                atLevel(level) {
                    vk_depthwise_row(
                        &shape, sources.map { UnsafePointer($0.base) }, kernels.map { UnsafePointer($0.base) },
                        lines == 1 ? nil : bias.base, out.base, -5, 20)
                }
                #expect(close(out.values, wanted, 1e-5))
            }
        }
    }
}

import Tensors
import Testing

@testable import Networks

struct ResamplingTests {
    private func taps(
        _ interpolation: Resampling.Interpolation, _ from: Int, _ to: Int, antialias: Bool = false
    ) throws -> [Resampling.Tap] {
        try Resampling([.extent(to)], interpolation: interpolation, antialias: antialias, channels: .last)
            .taps(from: from, to: to)
    }

    @Test("Weights as TensorFlow has them")
    func weights() throws {
        #expect(try taps(.nearest, 5, 3).map(\.start) == [0, 2, 4])
        #expect(
            try taps(.bilinear, 2, 4) == [
                Resampling.Tap(start: 0, weights: [1]), Resampling.Tap(start: 0, weights: [0.75, 0.25]),
                Resampling.Tap(start: 0, weights: [0.25, 0.75]), Resampling.Tap(start: 1, weights: [1]),
            ])
        #expect(try taps(.area, 4, 2).map(\.weights) == [[0.5, 0.5], [0.5, 0.5]])
        // A kernel as wide as the step: each output is a triangle over the inputs around it.
        #expect(try taps(.bilinear, 4, 2, antialias: true).map(\.weights.count) == [3, 3])
    }

    @Test(
        "Weights sum to 1, within the input",
        arguments: [
            Resampling.Interpolation.nearest, .bilinear, .bicubic, .area, .lanczos3, .lanczos5, .mitchellcubic,
        ], [(1, 7), (7, 1), (5, 5), (9, 4), (4, 9), (100, 3)])
    func sums(interpolation: Resampling.Interpolation, extents: (Int, Int)) throws {
        for antialias in [false, true] {
            let taps = try taps(interpolation, extents.0, extents.1, antialias: antialias)
            #expect(taps.count == extents.1)
            for tap in taps {
                #expect(abs(tap.weights.reduce(0, +) - 1) < 1e-5)
                #expect(tap.start >= 0 && tap.start + tap.weights.count <= extents.0)
            }
        }
    }

    @Test("Nothing cannot be resized")
    func nothing() {
        #expect(throws: SparsifyError.self) { try taps(.bilinear, 0, 3) }
    }
}

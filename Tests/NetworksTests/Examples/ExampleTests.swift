import Foundation
import Tensors
import Testing

@testable import Networks

/// The example of `CONTRIBUTING.md`.
struct ExampleTests {
    @Test func anExampleLayerBecomesPrimitives() throws {
        let kind = try CentringLayer(LayerConfig("centring", "mine>Centring", ["use_scale": true]))
        var lowering = Lowering()
        let input = lowering.program.input([4, 3])
        lowering.begin(layer: "centring", shapes: [:], arguments: CallArguments(positional: [.tensor(input)]))
        let outputs = try kind.lower([input], into: &lowering)
        #expect(outputs.map { lowering.program[$0].extents } == [[4, 3]])
        #expect(lowering.program.steps.count == 3)
        #expect(lowering.shapes == ["scale": try Shape([3])])
        #expect(kind.parameters.map(\.name) == ["scale"])
    }

    @Test func whatContributingShowsIsWhatIsCompiled() throws {
        let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let source = try String(contentsOf: here.appendingPathComponent("CentringLayer.swift"), encoding: .utf8)
        let guide = try String(contentsOf: here.appendingPathComponent("../../../CONTRIBUTING.md"), encoding: .utf8)
        let code = try #require(source.range(of: "/// Each vector")).lowerBound
        #expect(guide.contains(source[code...]))
    }
}

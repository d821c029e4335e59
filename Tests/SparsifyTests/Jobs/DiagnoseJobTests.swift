import Tensors
import Testing

@testable import Sparsify

@Suite struct DiagnoseJobTests {
    @Test(arguments: [
        ("minimum", Diagnosis.Kind.minimum, 4.25), ("saddle", .saddle, -4), ("maximum", .maximum, 16),
    ])
    func problemsOfTwoParameters(name: String, kind: Diagnosis.Kind, discriminant: Double) throws {
        let path = Fixtures.path("critical/\(name)")
        let found = try DiagnoseJob(model: path + ".h5", data: DataRequest(file: path + ".npz")).run()
        #expect(found.kind == kind)
        #expect(abs(try #require(found.discriminant) - discriminant) < 1e-9)
        #expect(found.gradientNorm == 0 && found.parameters == 2)
    }

    @Test func labelsAreNeeded() throws {
        let path = Fixtures.path("critical/saddle")
        var data = DataRequest()
        data.inputs = [(nil, path + ".npz:x")]
        #expect(throws: SparsifyError.self) { try DiagnoseJob(model: path + ".h5", data: data).run() }
    }
}

import CSparsify
import Foundation
import Testing

@testable import SparseModelsC

@Suite struct OpeningTests {
    private func open(_ path: String?, threads: Int = 1) -> (status: sparsify_status, message: String) {
        var model = OpaquePointer(bitPattern: 8)
        var error = sparsify_error()
        let status = sparsify_open(path, threads, &model, &error)
        if status != SPARSIFY_OK { #expect(model == nil) }
        sparsify_close(model)
        return (status, error.text)
    }

    @Test func theLibraryIsThatOfTheHeader() {
        #expect(sparsify_interface_version() == SPARSIFY_INTERFACE_VERSION)
    }

    @Test func namesAndShapesAreThoseOfTheNetwork() throws {
        try TestModel("digits_mlp").withHandle { model in
            #expect(sparsify_input_count(model) == 1 && sparsify_output_count(model) == 1)
            let input = try #require(sparsify_input(model, 0)?.pointee)
            #expect(String(cString: input.name) == "input_layer")
            #expect(Array(UnsafeBufferPointer(start: input.extents, count: input.rank)) == [8, 8])
            #expect(input.element_count == 64)
            let output = try #require(sparsify_output(model, 0)?.pointee)
            #expect(String(cString: output.name) == "dense_2")
            #expect(Array(UnsafeBufferPointer(start: output.extents, count: output.rank)) == [10])
            #expect(output.element_count == 10)
        }
    }

    @Test(arguments: [1, -1, Int.max, Int.min]) func whereThereIsNoneThereIsNull(index: Int) throws {
        try TestModel("digits_mlp").withHandle { model in
            #expect(sparsify_input(model, index) == nil && sparsify_output(model, index) == nil)
        }
    }

    @Test func nullIsNoModel() {
        #expect(sparsify_input_count(nil) == 0 && sparsify_output_count(nil) == 0)
        #expect(sparsify_input(nil, 0) == nil && sparsify_output(nil, 0) == nil)
        sparsify_close(nil)
    }

    @Test func nullArgumentsAreRefused() throws {
        let file = try TestModel("digits_mlp")
        var error = sparsify_error()
        #expect(sparsify_open(file.path, 1, nil, &error) == SPARSIFY_USAGE)
        #expect(error.text == "The pointer to the model is null.")
        #expect(open(nil) == (SPARSIFY_USAGE, "The pointer to the path is null."))
        #expect(sparsify_open(nil, 1, nil, nil) == SPARSIFY_USAGE)
    }

    @Test(arguments: [1025, -1, Int.max, Int.min]) func threadsAreCounted(threads: Int) throws {
        let result = open(try TestModel("digits_mlp").path, threads: threads)
        #expect(result.status == SPARSIFY_USAGE && result.message.contains("1024"))
    }

    @Test func aPathThatIsNotUTF8IsRefused() {
        var model: OpaquePointer?
        var error = sparsify_error()
        #expect(
            [0x61, -1, 0].withUnsafeBufferPointer { sparsify_open($0.baseAddress, 1, &model, &error) } == SPARSIFY_USAGE
        )
        #expect(error.text == "The path is not UTF-8.")
    }

    @Test func whatIsNoModelIsRefusedByName() throws {
        #expect(open("/nowhere/m.spm").status == SPARSIFY_IO)
        #expect(open("/nowhere/m.spm").message.hasPrefix("/nowhere/m.spm: "))
        let foreign = open("\(TestModel.fixtures)/digits_mlp.h5")
        #expect(foreign.status == SPARSIFY_UNKNOWN_FORMAT && foreign.message.contains("digits_mlp.h5"))
        let plain = try TestModel(configuration: nil)
        #expect(open(plain.path).status == SPARSIFY_UNSUPPORTED && open(plain.path).message.contains("no network"))
        let cut = try TestModel("digits_mlp")
        try Data(contentsOf: URL(filePath: cut.path)).dropLast(9).write(to: URL(filePath: cut.path))
        #expect(open(cut.path).status == SPARSIFY_MALFORMED)
    }

    @Test func aLongTextIsCutBetweenCharacters() {
        let result = open("/" + String(repeating: "é", count: 700))
        #expect(result.status == SPARSIFY_IO)
        #expect(result.message.utf8.count == 1023 && result.message.allSatisfy { $0 == "/" || $0 == "é" })
    }

    @Test func successLeavesNoText() throws {
        let file = try TestModel("digits_mlp")
        #expect(open(file.path) == (SPARSIFY_OK, ""))
        var model: OpaquePointer?
        #expect(sparsify_open(file.path, 1, &model, nil) == SPARSIFY_OK)
        sparsify_close(model)
    }
}

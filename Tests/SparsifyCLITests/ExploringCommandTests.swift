import Testing

@Suite struct ExploringCommandTests {
    private let model = Fixtures.path("digits_mlp.h5")
    private let data = [
        "--data-x", Fixtures.path("digits.npz") + ":x_test", "--data-y", Fixtures.path("digits.npz") + ":y_test",
    ]

    @Test func scan() throws {
        let result = try Command.run(["scan", model, "--tolerance", "0.5%", "--at", "0.9"] + data)
        #expect(result.status == 0 && result.errors == "")
        for words in [
            "sensitive", "--exclude 'model_weights/", "as it is", "0.50 points of accuracy at a sparsity of 90.00 %",
        ] {
            #expect(result.output.contains(words))
        }
        let report = try Command.run(["scan", model, "--sparsities", "50%,0.7", "--json"] + data).json
        #expect(
            Set(report.keys) == [
                "model", "criterion", "samples", "dense", "judgedAt", "tolerance", "tensors", "exclude",
            ])
        let tensor = try #require((report["tensors"] as? [[String: Any]])?.first)
        #expect(Set(tensor.keys) == ["name", "elements", "zeros", "points", "isSensitive"])
        let point = try #require((tensor["points"] as? [[String: Any]])?.first)
        #expect(Set(point.keys) == ["sparsity", "zeros", "loss", "accuracy"])
    }

    @Test func sweep() throws {
        let result = try Command.run(
            ["sweep", model, "--criteria", "magnitude,random", "--sparsities", "0.5,0.9"] + data)
        #expect(result.status == 0 && result.errors == "")
        #expect(result.output.split(separator: "\n").count == 5 && result.output.contains("*"))
        let report = try Command.run(["sweep", model, "--json", "--sparsities", "0.5"] + data).json
        let row = try #require((report["rows"] as? [[String: Any]])?.first)
        #expect(
            Set(row.keys) == [
                "criterion", "sparsity", "zeros", "fileBytes", "flops", "sparseFlops", "loss", "accuracy", "denseLoss",
                "denseAccuracy", "seconds", "isBest",
            ])
        // Without data, bytes and operations are told.
        let plain = try Command.run(["sweep", model, "--sparsities", "0.5"])
        #expect(plain.status == 0 && !plain.output.contains("accuracy"))
    }

    @Test(arguments: [
        (["scan"], "--data"), (["scan", "--sparsities", "0.5,x"], "sparsities"),
        (["scan", "--tolerance", "-1"], "tolerance"),
        (["sweep", "--criteria", "best"], "no criterion 'best'"), (["sweep", "--criteria", "wanda"], "--data"),
        (["sweep", "--sparsities", "2"], "sparsities"), (["sweep", "--log", "x", "--epochs", "1"], "--rows"),
    ])
    func refusals(arguments: [String], words: String) throws {
        let result = try Command.run([arguments[0], model] + arguments.dropFirst())
        #expect(result.status == 64 && result.errors.contains(words), "\(result.errors)")
    }
}

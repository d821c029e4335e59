import Reports
import Testing

@Suite struct ReportTests {
    @Test(arguments: [
        // log2 C(n, k), from exact binomials.
        (4, 2, 2.584962500721156), (10, 5, 7.977279923499916), (64, 1, 6.0), (1000, 500, 994.6909991192327),
        (5, 0, 0.0), (5, 5, 0.0), (0, 0, 0.0),
    ])
    func informationBoundIsTheLogOfTheBinomial(elements: Int, nonzeros: Int, bits: Double) {
        let found = InformationBound.maskBits(elements: elements, nonzeros: nonzeros)
        #expect(abs(found - bits) <= 1e-9 * max(1, bits))
    }

    @Test(arguments: [
        (0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567"),
        (Int.min, "-9,223,372,036,854,775,808"),
    ])
    func groupedNumbers(value: Int, text: String) {
        #expect(NumberText.grouped(value) == text)
    }

    @Test(arguments: [
        (1.005, 2, "1.00"), (0.999, 2, "1.00"), (-0.001, 2, "0.00"), (12.5, 0, "13"), (3, 1, "3.0"),
        (.infinity, 2, "inf"), (-1.25, 1, "-1.3"),
    ])
    func fixedDecimals(value: Double, decimals: Int, text: String) {
        #expect(NumberText.fixed(value, decimals) == text)
    }

    private func tensor(_ name: String, elements: Int, nonzeros: Int?, prunable: Bool, bytes: Int) -> TensorReport {
        TensorReport(
            name: name, shape: [elements], type: "float32", elements: elements, nonzeros: nonzeros,
            denseBytes: 4 * elements, fileBytes: bytes, encoding: "csr", prunable: prunable, reason: "because")
    }

    private func layer(_ name: String, _ multiplications: Int?, _ additions: Int?) -> LayerReport {
        LayerReport(
            name: name, kind: "Dense", outputShape: "(1)", multiplications: multiplications, additions: additions,
            sparseMultiplications: multiplications.map { $0 / 2 }, sparseAdditions: additions.map { $0 / 2 })
    }

    private func report() -> ModelReport {
        ModelReport(
            file: "m.spm", format: "spm", fileBytes: 100,
            tensors: [
                tensor("a|b", elements: 10, nonzeros: 4, prunable: true, bytes: 30),
                tensor("c,\"d\"\n", elements: 10, nonzeros: 10, prunable: false, bytes: 50),
            ],
            layers: [layer("one", 8, 4), layer("two", nil, nil)])
    }

    @Test func totalsAddUp() {
        let totals = report().totals
        #expect(totals.elements == 20 && totals.nonzeros == 14 && totals.sparsity == 0.3)
        #expect(totals.prunableElements == 10 && totals.prunableSparsity == 0.6)
        #expect(totals.denseBytes == 80 && totals.tensorBytes == 80 && totals.containerBytes == 20)
        #expect(totals.compressionRatio == 0.8)
        #expect(totals.flops == 12 && totals.sparseFlops == 6 && totals.unknownLayers == ["two"])
    }

    @Test func aSumOfSomethingUnknownIsUnknown() {
        let report = ModelReport(
            file: "m", format: "hdf5", fileBytes: 1,
            tensors: [tensor("a", elements: 1, nonzeros: nil, prunable: true, bytes: 1)])
        #expect(report.totals.nonzeros == nil && report.totals.prunableSparsity == nil && report.totals.flops == nil)
    }

    @Test func sumsThatOverflowAreUnknown() {
        let report = ModelReport(
            file: "m", format: "spm", fileBytes: 1, tensors: [],
            layers: [layer("a", .max, 1), layer("b", .max, 1)])
        #expect(report.totals.multiplications == nil && report.totals.flops == nil && report.totals.additions == 2)
    }

    @Test func csvQuotesWhatItMust() {
        let lines = CSVRenderer().render(report()).components(separatedByCRLF: true)
        #expect(lines[0].hasPrefix("name,shape,type,elements,nonzeros"))
        #expect(lines[1].hasPrefix("a|b,10,float32,10,4,0.6,40,30,"))
        // A tensor is one line, whatever is in its name.
        #expect(lines[2].hasPrefix("\"c,\"\"d\"\"\\u{a}\",10,float32"))
    }

    @Test func markdownEscapesPipesAndControls() {
        let text = MarkdownRenderer().render(report())
        #expect(text.contains("| a\\|b |") && text.contains("c,\"d\"\\\\u{a}"))
    }

    @Test func textHasNoControlCharactersButLineEnds() {
        let text = TextRenderer().render(report())
        #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 })
        #expect(text.contains("FLOPs 12 -> 6 (2.00x fewer)") && text.contains("operations of two"))
    }

    @Test func jsonKeysAreSortedAndUnknownsLeftOut() {
        let text = JSONRenderer().render(report())
        #expect(text.contains("\"prunableSparsity\" : 0.6") && !text.contains("null"))
        #expect(text.firstRange(of: "\"file\"")!.lowerBound < text.firstRange(of: "\"format\"")!.lowerBound)
    }
}

extension String {
    fileprivate func components(separatedByCRLF: Bool) -> [String] {
        split(separator: "\r\n", omittingEmptySubsequences: true).map(String.init)
    }
}

/// The table as lines of text: a title, then a name and its numbers each.
extension CostTable {
    private static let title = "sparsify kernel costs 2"

    public var text: String {
        let lines = [
            Self.title, line("dense", dense), line("sparse", sparse), line("sliced", [sliced]),
            line("turning", [turning]),
            line("gathering", [gathering]), line("cacheByte", [cacheByte]), line("memoryByte", [memoryByte]),
        ]
        return lines.joined(separator: "\n") + "\n"
    }

    private func line(_ name: String, _ numbers: [Double]) -> String {
        ([name] + numbers.map { "\($0)" }).joined(separator: " ")
    }

    /// Nil where the text is no such table, or of another version.
    public init?(text: String) {
        var numbers: [Substring: [Double]] = [:]
        let lines = text.split(separator: "\n")
        guard lines.first.map(String.init) == Self.title else { return nil }
        for line in lines.dropFirst() {
            let words = line.split(separator: " ")
            let values = words.dropFirst().compactMap { Double($0) }
            guard let name = words.first, values.count == words.count - 1,
                values.allSatisfy({ $0.isFinite && $0 >= 0 }), numbers.updateValue(values, forKey: name) == nil
            else { return nil }
        }
        func single(_ name: Substring) -> Double? {
            numbers[name].flatMap { $0.count == 1 ? $0[0] : nil }
        }
        guard numbers.count == 7, let dense = numbers["dense"], let sparse = numbers["sparse"],
            dense.count == Self.rows.count, sparse.count == Self.rows.count, let sliced = single("sliced"),
            let turning = single("turning"),
            let gathering = single("gathering"), let cacheByte = single("cacheByte"),
            let memoryByte = single("memoryByte")
        else { return nil }
        self.init(
            dense: dense, sparse: sparse, sliced: sliced, turning: turning, gathering: gathering, cacheByte: cacheByte,
            memoryByte: memoryByte)
    }
}

/// The text of an Einstein sum, `abc,cd->abd`, taken apart. Axes that an ellipsis stands for have negative labels, the
/// last of them −1.
struct EinsteinSum {
    let operands: [[Character]]
    let output: [Character]

    /// Stands for an ellipsis among the letters.
    private static let ellipsis: Character = "."

    /// Nil where the text is none, or leaves the result to be guessed.
    init?(_ text: String) {
        let bare = text.filter { $0 != " " }.replacing("...", with: ".")
        let sides = bare.replacing("->", with: "=").split(separator: "=", omittingEmptySubsequences: false)
        guard sides.count == 2 else { return nil }
        operands = sides[0].split(separator: ",", omittingEmptySubsequences: false).map(Array.init)
        output = Array(sides[1])
        for letters in operands + [output] {
            guard letters.allSatisfy({ $0.isLetter || $0 == Self.ellipsis }),
                letters.count(where: { $0 == Self.ellipsis }) <= 1
            else { return nil }
        }
    }

    /// A number for each axis of an operand with `rank` of them; nil where the letters do not fit it.
    func labels(_ letters: [Character], rank: Int) -> [Int]? {
        let named = letters.count { $0 != Self.ellipsis }
        guard letters.count > named ? rank >= named : rank == named else { return nil }
        return expand(letters, ellipsis: rank - named)
    }

    /// The same for the result, where the ellipsis of the operand with the most axes stands for all that have one.
    func outputLabels(ellipsis rank: Int) -> [Int]? {
        guard output.contains(Self.ellipsis) else { return expand(output, ellipsis: 0) }
        let most = operands.filter { $0.contains(Self.ellipsis) }.map { $0.count - 1 }.min() ?? 0
        return expand(output, ellipsis: max(rank + 1 - most, 0))
    }

    private func expand(_ letters: [Character], ellipsis count: Int) -> [Int] {
        letters.flatMap { letter in
            letter == Self.ellipsis
                ? (0..<count).map { $0 - count } : [Int(letter.unicodeScalars.first?.value ?? 0)]
        }
    }
}

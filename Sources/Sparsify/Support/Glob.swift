/// Patterns on tensor names, as a shell has them: `*` any characters (slashes too), `?` one, `[a-z]` one of a set.
struct Glob {
    let pattern: String
    private let symbols: [Symbol]

    private enum Symbol {
        case one
        case many
        case literal(Character)
        case set([ClosedRange<Character>], isNegated: Bool)
    }

    init(_ pattern: String) {
        self.pattern = pattern
        var symbols: [Symbol] = []
        var rest = Substring(pattern)
        while let first = rest.popFirst() {
            switch first {
            case "*": symbols.append(.many)
            case "?": symbols.append(.one)
            case "\\": symbols.append(.literal(rest.popFirst() ?? "\\"))
            case "[":
                if let (set, after) = Self.set(rest) {
                    symbols.append(set)
                    rest = after
                } else {
                    symbols.append(.literal("["))
                }
            default: symbols.append(.literal(first))
            }
        }
        self.symbols = symbols
    }

    /// The set after an opening bracket, where a closing one follows.
    private static func set(_ text: Substring) -> (Symbol, Substring)? {
        var rest = text
        let isNegated = rest.first == "!" || rest.first == "^"
        if isNegated { rest.removeFirst() }
        var ranges: [ClosedRange<Character>] = []
        while let first = rest.popFirst() {
            if first == "]", !ranges.isEmpty { return (.set(ranges, isNegated: isNegated), rest) }
            if rest.first == "-", let last = rest.dropFirst().first, last != "]", first <= last {
                rest.removeFirst(2)
                ranges.append(first...last)
            } else {
                ranges.append(first...first)
            }
        }
        return nil
    }

    /// Whether the pattern is this name to the letter, wildcards or not.
    func isExactly(_ name: String) -> Bool { pattern == name }

    /// Linear in the name but for the last star, to which the search goes back.
    func matches(_ name: String) -> Bool {
        if isExactly(name) { return true }
        let characters = Array(name)
        var symbol = 0
        var position = 0
        var retry: (symbol: Int, position: Int)?
        while position < characters.count {
            if symbol < symbols.count, case .many = symbols[symbol] {
                retry = (symbol + 1, position)
                symbol += 1
            } else if symbol < symbols.count, accepts(symbols[symbol], characters[position]) {
                symbol += 1
                position += 1
            } else if let last = retry {
                retry = (last.symbol, last.position + 1)
                symbol = last.symbol
                position = last.position + 1
            } else {
                return false
            }
        }
        return symbols[symbol...].allSatisfy { if case .many = $0 { true } else { false } }
    }

    private func accepts(_ symbol: Symbol, _ character: Character) -> Bool {
        switch symbol {
        case .one, .many: true
        case .literal(let literal): literal == character
        case .set(let ranges, let isNegated): ranges.contains { $0.contains(character) } != isNegated
        }
    }
}

import Testing

@testable import Sparsify

@Suite struct GlobTests {
    @Test(arguments: [
        ("*", "", true), ("*", "a/b", true), ("a*", "a/b/c", true), ("*kernel:0", "model/d/kernel:0", true),
        ("*kernel", "model/d/kernel:0", false), ("?", "a", true), ("?", "", false), ("?", "ab", false),
        ("a/*/c", "a/b/c", true), ("a/*/c", "a/b/b/c", true), ("a/*/c", "a/c", false), ("[ab]x", "bx", true),
        ("[ab]x", "cx", false), ("[!ab]x", "cx", true), ("[a-c]1", "b1", true), ("[a-c]1", "d1", false),
        ("[]]", "]", true), ("[", "[", true), ("a[", "a[", true), ("\\*", "*", true), ("\\*", "a", false),
        ("**a**", "bab", true), ("é*", "été", true), ("*a*b", "aab", true), ("*a*b", "aba", false),
    ])
    func matches(pattern: String, name: String, expected: Bool) {
        #expect(Glob(pattern).matches(name) == expected)
    }

    @Test func manyStarsDoNotTakeForEver() {
        let name = String(repeating: "a", count: 4000)
        #expect(!Glob(String(repeating: "a*", count: 100) + "b").matches(name))
    }

    @Test(arguments: ["a[0]", "x*", "[", "a\\b"])
    func aNameMatchesItself(name: String) {
        #expect(Glob(name).matches(name) && Glob(name).isExactly(name))
    }
}

/// Paths in Keras files, taken apart and put together.
enum KerasPaths {
    static func components(_ path: String) -> [String] {
        path.split(separator: "/", omittingEmptySubsequences: true).map(String.init)
    }

    static func join(_ parent: String, _ child: String) -> String {
        parent.isEmpty ? child : child.isEmpty ? parent : "\(parent)/\(child)"
    }

    /// What follows `parent` in a path below it; nil elsewhere.
    static func remainder(of path: String, below parent: String) -> String? {
        if parent.isEmpty { return path }
        guard path.hasPrefix(parent), path.utf8.count > parent.utf8.count else { return nil }
        let rest = path.utf8.dropFirst(parent.utf8.count)
        return rest.first == UInt8(ascii: "/") ? String(rest.dropFirst()) : nil
    }

    /// Whether a path is `parent` or lies below it.
    static func isWithin(_ path: String, _ parent: String) -> Bool {
        path == parent || remainder(of: path, below: parent) != nil
    }

    /// A variable of a `.weights.h5` file, `…/vars/3`: its group, without `vars`, and its number.
    static func variable(_ path: String) -> (group: [String], index: Int)? {
        let parts = components(path)
        guard parts.count >= 2, parts[parts.count - 2] == "vars", let index = Int(parts[parts.count - 1]) else {
            return nil
        }
        return (Array(parts.dropLast(2)), index)
    }

    /// A weight's own name: without the `:0` that TensorFlow appends.
    static func bareName(_ name: String) -> String {
        guard let colon = name.lastIndex(of: ":"), Int(name[name.index(after: colon)...]) != nil else { return name }
        return String(name[..<colon])
    }

    /// A name without the `_3` that tells it from others of its kind.
    static func withoutNumber(_ name: String) -> String {
        guard let bar = name.lastIndex(of: "_"), bar != name.startIndex,
            let number = Int(name[name.index(after: bar)...]), number >= 0
        else { return name }
        return String(name[..<bar])
    }

    /// Keras's name for the variables of a class: `Conv2DTranspose` is `conv2d_transpose`, `PReLU` is `p_re_lu`.
    static func snakeCase(_ name: String) -> String {
        let letters = Array(name.filter { $0.isLetter || $0.isNumber || $0 == "_" })
        // A capital with small letters after it begins a word…
        var first: [Character] = []
        for (index, letter) in letters.enumerated() {
            let beginsWord = letter.isUppercase && index + 1 < letters.count && letters[index + 1].isLowercase
            if beginsWord, index > 0 { first.append("_") }
            first.append(letter)
        }
        // … and so does one after a small letter.
        var result = ""
        for (index, letter) in first.enumerated() {
            if letter.isUppercase, index > 0, first[index - 1].isLowercase { result += "_" }
            result += letter.lowercased()
        }
        return result
    }
}

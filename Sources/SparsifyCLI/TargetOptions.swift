internal import ArgumentParser
internal import Sparsify

/// Flags that say what a pruning is to come to.
struct TargetOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Prune until the .spm file takes no more than this: 30kB, 2MB (powers of 1000), 2MiB.", valueName: "size"))
    var targetBytes: FileSize?

    @Option(
        help: ArgumentHelp(
            "Prune until a run takes no more than this share of the dense network's FLOPs: 30%.", valueName: "share"))
    var targetFlops: Share?

    @Option(
        help: ArgumentHelp(
            "Prune as much as costs no more than this of the accuracy on --data: 0.5%, of all examples.",
            valueName: "points"))
    var maxDrop: Share?

    func validate() throws {
        if [targetBytes != nil, targetFlops != nil, maxDrop != nil].count(where: \.self) > 1 {
            throw ValidationError("Choose one of --target-bytes, --target-flops and --max-drop.")
        }
    }

    /// Nil where none is given.
    var target: PruningTarget? {
        targetBytes.map { .bytes($0.bytes) } ?? targetFlops.map { .flops($0.value) } ?? maxDrop.map { .drop($0.value) }
    }
}

/// A share as people write it: 30%, 0.3.
struct Share: ExpressibleByArgument {
    var value: Double

    init?(argument: String) {
        let isPercent = argument.hasSuffix("%")
        guard let number = Double(isPercent ? String(argument.dropLast()) : argument) else { return nil }
        value = isPercent ? number / 100 : number
        guard (0...1).contains(value) else { return nil }
    }
}

/// The size of a file as people write it: units are powers of 1000, those with an i of 1024.
struct FileSize: ExpressibleByArgument {
    var bytes: Int

    init?(argument: String) {
        var digits = argument.uppercased()
        if digits.hasSuffix("B") { digits.removeLast() }
        let base = digits.hasSuffix("I") ? 1024.0 : 1000
        if digits.hasSuffix("I") { digits.removeLast() }
        var factor = 1.0
        if let unit = ["K", "M", "G", "T"].firstIndex(where: { digits.hasSuffix($0) }) {
            for _ in 0...unit { factor *= base }
            digits.removeLast()
        } else if base == 1024 {
            return nil
        }
        guard let value = Double(digits), value > 0, let count = Int(exactly: (value * factor).rounded(.down)),
            count > 0
        else { return nil }
        bytes = count
    }
}

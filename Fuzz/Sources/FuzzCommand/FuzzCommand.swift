import Foundation

/// Runs `sparsify inspect` on sound files of which some bytes were changed, for formats that go through libraries which may
/// crash: the command must end by itself, within ten seconds and a gigabyte, done or with an error.
///
///     fuzz-command SPARSIFY SECONDS FOLDER FILE...
///
/// What goes wrong is kept in the folder.
@main enum FuzzCommand {
    private static let mostSeconds = 10.0
    private static let mostKilobytes = 1 << 20

    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard arguments.count >= 4, let seconds = Double(arguments[2]) else {
            fatalError("fuzz-command SPARSIFY SECONDS FOLDER FILE...")
        }
        let (command, folder) = (arguments[1], arguments[3])
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let seeds = arguments.dropFirst(3).map { ($0, Array(FileManager.default.contents(atPath: $0) ?? Data())) }
            .filter { !$0.1.isEmpty && $0.1.count < 1 << 20 }
        var random = SystemRandomNumberGenerator()
        let end = Date().addingTimeInterval(seconds)
        var (runs, refused, bad) = (0, 0, 0)
        while Date() < end {
            let (name, bytes) = seeds.randomElement(using: &random)!
            let ending = name.split(separator: "/").last!.split(separator: ".").dropFirst().joined(separator: ".")
            let path = "\(folder)/input-\(ProcessInfo.processInfo.processIdentifier).\(ending)"
            let changed = Mutation.change(bytes, using: &random)
            _ = FileManager.default.createFile(atPath: path, contents: Data(changed))
            let outcome = try Run(command, ["inspect", path, "--quiet"], mostSeconds: mostSeconds)
            runs += 1
            refused += outcome.status == 1 ? 1 : 0
            guard let complaint = outcome.complaint(mostKilobytes: mostKilobytes) else { continue }
            bad += 1
            let kept = "\(folder)/found-\(bad).\(ending)"
            try? FileManager.default.removeItem(atPath: kept)
            try FileManager.default.copyItem(atPath: path, toPath: kept)
            print("\(kept), from \(name): \(complaint)")
        }
        for file in try FileManager.default.contentsOfDirectory(atPath: folder) where file.hasPrefix("input-") {
            try? FileManager.default.removeItem(atPath: "\(folder)/\(file)")
        }
        print("\(runs) files of \(seeds.count) kinds, \(refused) refused, \(bad) went wrong")
        exit(bad == 0 ? 0 : 1)
    }
}

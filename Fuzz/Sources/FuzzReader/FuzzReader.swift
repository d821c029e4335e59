import Foundation
import Sparsify
import Tensors

/// Reads files that libFuzzer makes up, as `sparsify inspect` reads them, in this process: for the readers that are our own to
/// the last byte. FUZZ_READER says which; a crash, a hang or too much memory is libFuzzer's to find.
///
/// Built without `-DFUZZ` it reads the files that it is given: those that were found.
@main enum FuzzReader {
    /// Endings by reader; of `pickle` the bytes are those of the pickle in a checkpoint.
    private static let endings = [
        "spm": "spm", "safetensors": "safetensors", "npy": "npy", "npz": "npz", "pt": "pt", "pickle": "pt",
        "onnx": "onnx",
    ]

    private static let reader = ProcessInfo.processInfo.environment["FUZZ_READER"] ?? ""
    private static let path =
        "\(FileManager.default.temporaryDirectory.path)/fuzz-\(ProcessInfo.processInfo.processIdentifier).\(endings[reader] ?? "")"

    static func read(_ bytes: [UInt8]) {
        let file =
            reader == "pickle"
            ? StoredZip.archive([("a/data.pkl", bytes), ("a/data/0", [UInt8](repeating: 1, count: 64))]) : bytes
        _ = FileManager.default.createFile(atPath: path, contents: Data(file))
        var job = InspectJob(input: path)
        job.options.threads = 1
        job.options.maximumDeclaredBytes = 1 << 26
        do { _ = try job.run() } catch is SparsifyError {} catch { fatalError("\(error) is no error of a file") }
    }

    static func main() {
        guard endings[reader] != nil else {
            fatalError("FUZZ_READER is one of: \(endings.keys.sorted().joined(separator: ", "))")
        }
        defer { try? FileManager.default.removeItem(atPath: path) }
        #if FUZZ
            var (count, arguments) = (CommandLine.argc, CommandLine.unsafeArgv)
            exit(
                runDriver(&count, &arguments) { data, size in
                    FuzzReader.read(Array(UnsafeRawBufferPointer(start: data, count: size)))
                    return 0
                })
        #else
            for file in CommandLine.arguments.dropFirst() {
                print(file)
                read(Array(FileManager.default.contents(atPath: file) ?? Data()))
            }
        #endif
    }
}

#if FUZZ
    @_silgen_name("LLVMFuzzerRunDriver")
    func runDriver(
        _ count: UnsafeMutablePointer<Int32>,
        _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<Int8>?>>,
        _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
    ) -> Int32
#endif

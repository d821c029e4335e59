internal import ArgumentParser
internal import Reports
internal import Tensors

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Ends the process with a message and the right status.
enum Failure {
    private struct Report: Encodable {
        struct Body: Encodable {
            var code: String
            var message: String
            var file: String?
            var tensor: String?
            var offset: Int?
            var remedy: String?
        }
        var error: Body
    }

    static func report(_ error: any Error) -> Never {
        guard let error = error as? SparsifyError else {
            // What the arguments themselves got wrong; help, version and plain exit statuses are no failures.
            if SparsifyCommand.exitCode(for: error) == .validationFailure, wantsJSON {
                show(SparsifyError(.usage, SparsifyCommand.message(for: error)))
            }
            SparsifyCommand.exit(withError: error)
        }
        if wantsJSON { show(error) }
        Terminal.writeError("sparsify: \(error.description)\n")
        exit(error.exitCode)
    }

    private static var wantsJSON: Bool { CommandLine.arguments.contains("--json") }

    private static func show(_ error: SparsifyError) {
        let body = Report.Body(
            code: error.code.rawValue, message: error.message, file: error.file, tensor: error.tensor,
            offset: error.offset, remedy: error.remedy)
        Terminal.write(JSONText.encode(Report(error: body)))
    }
}

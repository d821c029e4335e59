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
        guard let error = error as? SparsifyError else { SparsifyCommand.exit(withError: error) }
        if CommandLine.arguments.contains("--json") {
            let body = Report.Body(
                code: error.code.rawValue, message: error.message, file: error.file, tensor: error.tensor,
                offset: error.offset, remedy: error.remedy)
            Terminal.write(JSONText.encode(Report(error: body)))
        }
        Terminal.writeError("sparsify: \(error.description)\n")
        exit(error.exitCode)
    }
}

import Foundation

/// A program for the tests to walk files with, made by a shell, so that this process never has it open for writing when
/// another of its threads starts a child.
func makeProgram(_ path: String, _ text: String) throws {
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/sh")
    shell.arguments = [
        "-c", "printf '%s' \"$2\" > \"$1\" && chmod 755 \"$1\"", "sh", path, "#!/bin/sh\n" + text + "\n",
    ]
    try shell.run()
    shell.waitUntilExit()
}

/// The one error type of the project: what went wrong, where, and what to do about it.
public struct SparsifyError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of failure this is. Raw values are stable: scripts see them in `--json` output.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// The request itself makes no sense (bad option, contradictory flags).
        case usage
        /// The operating system refused to open, read or write.
        case io
        /// The bytes are not of a format that is read here.
        case unknownFormat
        /// The file breaks the rules of its own format, or is truncated or damaged.
        case malformed
        /// The file is well formed, but does something that is refused for safety (external links, plug-ins, …).
        case refused
        /// The file declares more than the budget allows.
        case limit
        /// Well formed and harmless, but not supported.
        case unsupported
        /// The numbers do not allow what was asked: a matrix that is not positive definite, a loss that is not finite.
        case numerical
        /// Two things that must agree do not (verify, diff).
        case disagreement
        /// The user interrupted the work.
        case cancelled
    }

    public var code: Code
    /// A sentence that says what was found and what was expected.
    public var message: String
    public var file: String?
    public var tensor: String?
    /// Byte offset in `file`.
    public var offset: Int?
    /// What the user can do, as a sentence.
    public var remedy: String?

    public init(
        _ code: Code, _ message: String, file: String? = nil, tensor: String? = nil, offset: Int? = nil,
        remedy: String? = nil
    ) {
        self.code = code
        self.message = message
        self.file = file
        self.tensor = tensor
        self.offset = offset
        self.remedy = remedy
    }

    /// The same error with the places filled in that it does not name yet.
    public func located(file: String? = nil, tensor: String? = nil) -> SparsifyError {
        var copy = self
        copy.file = copy.file ?? file
        copy.tensor = copy.tensor ?? tensor
        return copy
    }

    /// `model.h5: tensor 'dense/kernel': at byte 64: message remedy`
    public var description: String {
        var text = ""
        if let file { text += "\(printable(file)): " }
        if let tensor { text += "tensor '\(printable(tensor))': " }
        if let offset { text += "at byte \(offset): " }
        text += printable(message)
        if let remedy { text += " \(printable(remedy))" }
        return text
    }

    /// The process exit status: 2 for a disagreement, 64 for a wrong request, else 1.
    public var exitCode: Int32 {
        switch code {
        case .disagreement: 2
        case .usage: 64
        default: 1
        }
    }
}

/// `text` with control characters (escape sequences for terminals among them) shown as `\u{..}`: names come from files.
public func printable(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
        if isControl(scalar) {
            result += "\\u{" + String(scalar.value, radix: 16) + "}"
        } else {
            result.unicodeScalars.append(scalar)
        }
    }
    return result
}

private func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
}

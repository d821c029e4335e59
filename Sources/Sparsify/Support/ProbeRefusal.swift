internal import Tensors

/// An error on its way from one process to another: fields between characters that no field has.
enum ProbeRefusal {
    private static let separator = "\u{1f}"
    private static let mark = "sparsify-refusal"

    static func encode(_ error: SparsifyError) -> String {
        let fields = [
            mark, error.code.rawValue, error.message, error.tensor ?? "", error.offset.map(String.init) ?? "",
            error.remedy ?? "",
        ]
        // Names in a hostile file may be long; a pipe is not.
        return fields.map { String(printable($0).prefix(4096)) }.joined(separator: separator)
    }

    /// The error; nil where the text is none.
    static func decode(_ text: String) -> SparsifyError? {
        let fields = text.split(separator: Character(separator), omittingEmptySubsequences: false).map(String.init)
        guard fields.count == 6, fields[0] == mark, let code = SparsifyError.Code(rawValue: fields[1]) else {
            return nil
        }
        func present(_ field: String) -> String? { field.isEmpty ? nil : field }
        return SparsifyError(
            code, fields[2], tensor: present(fields[3]), offset: Int(fields[4]), remedy: present(fields[5]))
    }
}

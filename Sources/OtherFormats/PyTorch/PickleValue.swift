internal import Tensors

/// What a pickle amounts to: containers, texts, numbers, and what the host made of names and calls.
///
/// A reference, since a pickle fills containers after it has handed them out, and names the same object twice.
final class PickleValue {
    enum Kind {
        case none
        case bool(Bool)
        /// Nil where it is larger than 64 bits.
        case integer(Int?)
        case float(Double)
        case text(String)
        case bytes
        case list([PickleValue])
        case tuple([PickleValue])
        case set
        case dictionary([(key: PickleValue, value: PickleValue)])
        /// A class or function: `module.name`.
        case global(String)
        case storage(PyTorchStorage)
        case tensor(PyTorchTensor)
        /// Something without tensors that is let pass: a device, a type.
        case other(String)
    }

    var kind: Kind

    init(_ kind: Kind) { self.kind = kind }

    var text: String? { if case .text(let text) = kind { text } else { nil } }
    var integer: Int? { if case .integer(let number) = kind { number } else { nil } }

    /// The elements of a tuple or list.
    var elements: [PickleValue]? {
        switch kind {
        case .tuple(let elements), .list(let elements): elements
        default: nil
        }
    }

    /// Whole numbers of a tuple or list that are not negative.
    var extents: [Int]? {
        guard let elements else { return nil }
        let numbers = elements.compactMap(\.integer).filter { $0 >= 0 }
        return numbers.count == elements.count ? numbers : nil
    }
}

/// What makes something of the names and calls in a pickle.
protocol PickleHost {
    /// - Throws: `refused` where the name is none that is known to be harmless.
    func global(_ module: String, _ name: String) throws(SparsifyError) -> PickleValue
    func call(_ function: PickleValue, _ arguments: PickleValue) throws(SparsifyError) -> PickleValue
    /// What a persistent identifier stands for.
    func persistent(_ identifier: PickleValue) throws(SparsifyError) -> PickleValue
}

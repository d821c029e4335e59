internal import Tensors

/// The names that checkpoints of tensors and containers have, and what calls of them come to. Nothing else passes.
struct PyTorchObjects: PickleHost {
    private static let known: Set<String> = [
        "collections.OrderedDict", "torch.Size", "torch.device", "torch.Tensor", "torch._utils._rebuild_tensor",
        "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor_v3", "torch._utils._rebuild_parameter",
        "torch._utils._rebuild_parameter_with_state", "torch.nn.parameter.Parameter", "torch.storage.UntypedStorage",
        "torch._tensor._rebuild_from_type_v2", "builtins.set", "__builtin__.set", "builtins.dict",
        "torch.serialization._get_layout",
    ]

    func global(_ module: String, _ name: String) throws(SparsifyError) -> PickleValue {
        let full = "\(module).\(name)"
        let isKnown =
            Self.known.contains(full)
            || module == "torch" && (PyTorchType(storage: name) != nil || PyTorchType(name: name) != nil)
        guard isKnown else {
            let isModule = module.hasPrefix("torch.nn.") || module.hasPrefix("__torch__") || module == "__main__"
            throw SparsifyError(
                .refused,
                "The file names '\(full)', which is neither a tensor nor a container; to load it is to run code.",
                remedy: isModule || full.contains("scalar")
                    ? "Save the state_dict() of the model instead." : "Save tensors and plain containers alone.")
        }
        return PickleValue(.global(full))
    }

    func call(_ function: PickleValue, _ arguments: PickleValue) throws(SparsifyError) -> PickleValue {
        guard case .global(let name) = function.kind, let given = arguments.elements else {
            throw SparsifyError(.malformed, "The pickle calls what is no function.")
        }
        switch name {
        case "collections.OrderedDict", "builtins.dict": return PickleValue(.dictionary([]))
        case "builtins.set", "__builtin__.set": return PickleValue(.set)
        case "torch.Size": return PickleValue(given.first?.kind ?? .tuple([]))
        case "torch.device", "torch.serialization._get_layout": return PickleValue(.other(name))
        case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2": return try tensor(given, type: nil)
        case "torch._utils._rebuild_tensor_v3":
            guard given.count > 6, case .global(let type) = given[6].kind,
                let type = PyTorchType(name: String(type.dropFirst("torch.".count)))
            else { throw SparsifyError(.unsupported, "A tensor has elements of a type that is not read.") }
            return try tensor(given, type: type)
        case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state",
            "torch.nn.parameter.Parameter":
            guard let data = given.first, case .tensor = data.kind else { break }
            return data
        case "torch._tensor._rebuild_from_type_v2":
            // The function that makes it, the type, its arguments, its state. No type is made of another one's maker, which
            // could go on for ever.
            guard given.count > 2, case .global(let maker) = given[0].kind, maker != name else { break }
            return try call(given[0], given[2])
        default: break
        }
        throw SparsifyError(
            .malformed, "The pickle calls '\(name)' with \(given.count) arguments that are none of its own.")
    }

    private func tensor(_ given: [PickleValue], type: PyTorchType?) throws(SparsifyError) -> PickleValue {
        guard given.count > 3, case .storage(let storage) = given[0].kind, let offset = given[1].integer, offset >= 0,
            let shape = given[2].extents, let strides = given[3].extents, let type = type ?? storage.type
        else { throw SparsifyError(.malformed, "A tensor in the pickle is none that PyTorch makes.") }
        return PickleValue(
            .tensor(try PyTorchTensor(storage, type, offset: offset, shape: shape, strides: strides)))
    }

    /// `('storage', class, key, location, count)`
    func persistent(_ identifier: PickleValue) throws(SparsifyError) -> PickleValue {
        guard let parts = identifier.elements, parts.count >= 5, parts[0].text == "storage",
            case .global(let name) = parts[1].kind, let key = parts[2].text, let count = parts[4].integer, count >= 0
        else { throw SparsifyError(.malformed, "A storage in the pickle is none that PyTorch makes.") }
        let type = PyTorchType(storage: String(name.dropFirst("torch.".count)))
        guard type != nil || name == "torch.storage.UntypedStorage" else {
            throw SparsifyError(.unsupported, "A storage is of the class '\(name)', which is not read.")
        }
        return PickleValue(.storage(PyTorchStorage(key: key, type: type, count: count)))
    }
}

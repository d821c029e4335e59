extension Network {
    /// Names of the inputs, in order: those of the input layers, where the model has them.
    public var inputNames: [String] {
        givenNames?.inputs
            ?? Self.distinct(
                inputs.enumerated().map { index, value in
                    let call = calls.first { $0.inputs.contains(value) && layers[$0.layer].ancestors.isEmpty }
                    return call.map { layers[$0.layer].name } ?? "input_\(index)"
                })
    }

    /// Names of the outputs, in order: those of the layers that make them.
    public var outputNames: [String] {
        givenNames?.outputs
            ?? Self.distinct(
                outputs.enumerated().map { index, value in
                    let call = calls.last { $0.outputs.contains(value) && layers[$0.layer].ancestors.isEmpty }
                    return call.map { layers[$0.layer].name } ?? "output_\(index)"
                })
    }

    /// What comes again is numbered: `dense`, `dense_1`, …
    private static func distinct(_ names: [String]) -> [String] {
        var taken: Set<String> = []
        return names.map { name in
            var candidate = name
            var number = 0
            while !taken.insert(candidate).inserted {
                number += 1
                candidate = "\(name)_\(number)"
            }
            return candidate
        }
    }
}

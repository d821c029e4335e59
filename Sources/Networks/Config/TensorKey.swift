internal import Tensors

/// One output of one call of a layer, as `inbound_nodes` and the like name it.
struct TensorKey: Hashable {
    /// Who wrote the index of the call: Keras 3 counts from 0 inside `inbound_nodes`; elsewhere the calls of a nested
    /// model count from 1, because building it was the first.
    enum Origin { case history, list }

    var layer: String
    var call: Int
    var output: Int
    var origin: Origin

    private init?(_ list: [JSONValue], origin: Origin) {
        guard list.count >= 3, let layer = list[0].string, let call = list[1].integer, let output = list[2].integer,
            call >= 0, output >= 0
        else { return nil }
        self.layer = layer
        self.call = call
        self.output = output
        self.origin = origin
    }

    /// The tensors that a value names, in order: keys of either dialect, nested in lists and objects.
    static func keys(in value: JSONValue) -> [TensorKey] {
        var result: [TensorKey] = []
        collect(value, into: &result)
        return result
    }

    private static func collect(_ value: JSONValue, into result: inout [TensorKey]) {
        switch value {
        case .array(let list):
            if let key = TensorKey(list, origin: .list) {
                result.append(key)
                if list.count > 3 { collect(list[3], into: &result) }
            } else {
                for element in list { collect(element, into: &result) }
            }
        case .object(let fields):
            if fields["class_name"] == .string("__keras_tensor__") {
                if let history = fields["config"]?["keras_history"]?.array,
                    let key = TensorKey(history, origin: .history)
                {
                    result.append(key)
                }
            } else {
                // A mask decides which elements count, not what is computed from how many.
                for name in fields.keys.sorted(by: precedes) where !name.hasSuffix("mask") {
                    collect(fields[name] ?? .null, into: &result)
                }
            }
        default: break
        }
    }

    /// Arguments that layers take before others, whatever their names.
    private static let leading = ["args", "inputs", "query", "value", "key"]

    private static func precedes(_ a: String, _ b: String) -> Bool {
        let ranks = [a, b].map { leading.firstIndex(of: $0) ?? leading.count }
        return ranks[0] == ranks[1] ? a < b : ranks[0] < ranks[1]
    }
}

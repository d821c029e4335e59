public import ModelIO

/// The attributes by which a weights file of Keras 2 lists its layers and their weights (`keras/saving/legacy/hdf5_format.py`).
public enum LegacyWeightLists {
    /// Keras's own limit: an attribute may not be larger than an object's header, 64 KiB.
    private static let maximumBytes = 64_512

    /// Those of the root: names of the groups, in the order of the layers.
    public static func layers(_ names: [String]) -> [Attribute] {
        list("layer_names", names) + [
            StringAttribute.scalar("backend", "tensorflow"), StringAttribute.scalar("keras_version", "2.0.0"),
        ]
    }

    /// Those of a layer's group: paths of its weights, from there, in the order in which the layer holds them.
    public static func weights(_ names: [String]) -> [Attribute] { list("weight_names", names) }

    /// One attribute, or `name0`, `name1`, … where it would be too large.
    private static func list(_ name: String, _ values: [String]) -> [Attribute] {
        let width = max(values.map(\.utf8.count).max() ?? 0, 1)
        let capacity = max(maximumBytes / width, 1)
        guard values.count > capacity else { return [list(name, values[...], width)] }
        return stride(from: 0, to: values.count, by: capacity).enumerated().map { number, start in
            list("\(name)\(number)", values[start..<min(start + capacity, values.count)], width)
        }
    }

    private static func list(_ name: String, _ values: ArraySlice<String>, _ width: Int) -> Attribute {
        let bytes = values.flatMap { Array($0.utf8) + Array(repeating: 0, count: width - $0.utf8.count) }
        return Attribute(
            name: name,
            value: DataValue(
                type: .fixedString(size: width, padding: .nullPadded, characterSet: .utf8),
                extent: .simple([values.count]),
                payload: .bytes(bytes)))
    }
}

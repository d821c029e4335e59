internal import ModelIO
internal import Tensors

extension ValueType {
    /// How tensors see this type, and whether their bytes must be turned around; nil for what is no tensor.
    ///
    /// Two opaque bytes are `opaque16` here: only the surroundings can tell a bfloat16.
    var element: (type: ElementType, isBigEndian: Bool)? {
        switch self {
        case .integer(let size, let isSigned, let order):
            guard let type = Self.integers[size]?[isSigned ? 0 : 1] else { return nil }
            return (type, order == .big)
        case .float(let layout):
            guard let type = Self.floats[layout.size], layout == .ieee(size: layout.size, order: layout.order)
            else { return nil }
            return (type, layout.order == .big)
        case .enumeration(let base, let members):
            guard case .integer(1, _, _) = base, members.count == 2 else { return nil }
            let values = Dictionary(members.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
            return values == ["FALSE": [0], "TRUE": [1]] ? (.bool, false) : nil
        case .opaque(size: 2, _):
            return (.opaque16, false)
        default:
            return nil
        }
    }

    /// Whether tensors of `element` can be stored with this type, bit by bit.
    func stores(_ element: ElementType) -> Bool {
        guard let own = self.element?.type else { return false }
        return own == element || own == .opaque16 && element == .bfloat16
    }

    private static let integers: [Int: [ElementType]] = [
        1: [.int8, .uint8], 2: [.int16, .uint16], 4: [.int32, .uint32], 8: [.int64, .uint64],
    ]
    private static let floats: [Int: ElementType] = [2: .float16, 4: .float32, 8: .float64]
}

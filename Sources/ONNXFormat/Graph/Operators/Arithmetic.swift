internal import Foundation
internal import Networks
internal import Tensors

/// Operators that combine values element by element.
extension GraphOperators {
    static let arithmetic: [String: GraphOperator] = [
        "Add": { try $0.combine(.add) },
        "Sub": { try $0.combine(.subtract) },
        "Mul": { try $0.combine(.multiply) },
        "Div": { try $0.divide() },
        "Pow": { try $0.combine(.power) },
        "Mod": { try $0.modulo() },
        "Max": { try $0.combine(.maximum) },
        "Min": { try $0.combine(.minimum) },
        "Sum": { try $0.combine(.add) },
        "Mean": { try $0.combine(.average) },
        "Equal": { try $0.compare(.equal) },
        "Greater": { try $0.compare(.greater) },
        "GreaterOrEqual": { try $0.compare(.greaterOrEqual) },
        "Less": { try $0.compare(.less) },
        "LessOrEqual": { try $0.compare(.lessOrEqual) },
        "And": { try $0.compare(.and) },
        "Or": { try $0.compare(.or) },
        "Xor": { try $0.compare(.exclusiveOr) },
        "Where": { try $0.select() },
        "PRelu": { try $0.slope() },
    ]
}

extension GraphLowering {
    /// The inputs with axes that fit from the last one on, as the program wants them: without the examples' axis.
    ///
    /// - Returns: the values, and the place of the examples' axis in what comes of them.
    mutating func aligned(_ indices: [Int]) throws -> (values: [ValueID], like: ComputedValue) {
        let values = try indices.map { try input($0) }
        let ranks = values.map { rank($0) }
        guard
            let first = values.indices.lazy.compactMap({ index -> (value: ComputedValue, fromEnd: Int)? in
                guard case .computed(let value) = values[index].content else { return nil }
                return (value, ranks[index] - value.batch)
            }).first
        else { throw unsupported("constants alone are not combined so") }
        var computed = try unified(
            values.compactMap { value in if case .computed(let value) = value.content { value } else { nil } })
        // A constant of more axes makes the result another than the values are.
        if let spatial = computed[0].spatial, (ranks.max() ?? 0) > spatial + 2 {
            computed = try computed.map { try channelsFirst($0) }
        }
        var like = computed[0]
        var rest = computed[...]
        var ids: [ValueID] = []
        for (value, rank) in zip(values, ranks) {
            switch value.content {
            case .computed:
                let value = rest.removeFirst()
                guard rank - value.batch == first.fromEnd, value.folded == like.folded else { throw mixesExamples }
                ids.append(value.id)
            case .constant(let tensor): ids.append(try constant(tensor, first.fromEnd, like))
            case .parameter(let parameter): ids.append(try constant(source.elements(parameter), first.fromEnd, like))
            case .unknown(let issue): throw unsupported(issue)
            }
        }
        like.batch = (ranks.max() ?? 1) - first.fromEnd
        return (ids, like)
    }

    private mutating func constant(_ tensor: HostTensor, _ fromEnd: Int, _ like: ComputedValue) throws -> ValueID {
        let rank = tensor.dimensions.count
        var own = rank >= fromEnd ? try withoutExamples(tensor, axis: rank - fromEnd) : tensor
        if let spatial = like.spatial, own.numbers.count > 1 { own = channelsLast(own, spatial: spatial) }
        return try materialised(own, with: like.id)
    }

    mutating func combine(_ kind: Elementwise.Kind) throws -> [GraphValue] {
        let count = node.inputCount
        if count == 1 { return [try input(0)] }
        if let folded = try folded(kind) { return [folded] }
        if count == 2, let value = try affine(kind) { return [value] }
        let isInteger = try input(0).isInteger
        var (ids, like) = try aligned(Array(0..<count))
        like.id = try push(.elementwise(Elementwise(kind)), ids)
        return [GraphValue(.computed(like), isInteger: isInteger)]
    }

    mutating func compare(_ kind: Elementwise.Kind) throws -> [GraphValue] {
        var result = try combine(kind)[0]
        result.isInteger = true
        return [result]
    }

    mutating func divide() throws -> [GraphValue] {
        let isInteger = try input(0).isInteger
        let result = try combine(.divide)[0]
        guard isInteger, case .computed(var value) = result.content else { return [result] }
        value.id = try push(.activation(Activation("trunc")), [value.id])
        return [GraphValue(.computed(value), isInteger: true)]
    }

    /// The remainder has the divisor's sign, or with `fmod` the dividend's.
    mutating func modulo() throws -> [GraphValue] {
        guard node.flag("fmod") else { return try combine(.remainder) }
        var (ids, like) = try aligned([0, 1])
        let quotient = try push(.elementwise(Elementwise(.divide)), ids)
        let whole = try push(.activation(Activation("trunc")), [quotient])
        let product = try push(.elementwise(Elementwise(.multiply)), [whole, ids[1]])
        like.id = try push(.elementwise(Elementwise(.subtract)), [ids[0], product])
        return [GraphValue(.computed(like), isInteger: try input(0).isInteger)]
    }

    /// A sum or a product with a constant that the value's shape holds: a scale or a shift.
    private mutating func affine(_ kind: Elementwise.Kind) throws -> GraphValue? {
        let (a, b) = (try input(0), try input(1))
        guard [.add, .subtract, .multiply, .divide].contains(kind) else { return nil }
        let isSwapped: Bool
        let value: ComputedValue
        switch (a.content, b.content) {
        case (.computed(let left), .constant), (.computed(let left), .parameter): (value, isSwapped) = (left, false)
        case (.constant, .computed(let right)), (.parameter, .computed(let right)): (value, isSwapped) = (right, true)
        default: return nil
        }
        guard !isSwapped || kind == .add || kind == .multiply else { return nil }
        let other = isSwapped ? 0 : 1
        let rank = rank(isSwapped ? b : a)
        let dimensions = dimensions(try input(other)).compactMap(\.integer)
        guard dimensions.count <= rank else { return nil }
        let extents = extents(value)
        let offset = rank - dimensions.count
        var axes: [Int] = []
        for (index, extent) in dimensions.enumerated() where extent != 1 {
            guard let position = value.position(index + offset), extents[position] == extent else { return nil }
            axes.append(position)
        }
        guard axes == axes.sorted() else { return nil }
        var result = value
        func made(_ id: ValueID) -> GraphValue {
            result.id = id
            return GraphValue(.computed(result), isInteger: a.isInteger)
        }
        if kind == .add || kind == .multiply, !axes.isEmpty, case .parameter = try input(other).content {
            let reference = try parameter(
                other, kind == .add ? "addend" : "factor", kind == .add ? .bias : .normalisation
            ) { view in
                dimensions.indices.reversed().reduce(view) { dimensions[$1] == 1 ? $0.removing(axis: $1) : $0 }
            }
            return made(
                try push(.affine(Affine(kind == .add ? .shift : .scale, axes: axes)), [value.id], [reference]))
        }
        guard let numbers = try constant(other).reals else { return nil }
        try spend(numbers.count)
        let source: Affine.Source =
            switch kind {
            case .add: .constants(scale: [], shift: numbers)
            case .subtract: .constants(scale: [], shift: numbers.map { -$0 })
            case .multiply: .constants(scale: numbers, shift: [])
            default: .constants(scale: numbers.map { 1 / $0 }, shift: [])
            }
        return made(try push(.affine(Affine(source, axes: axes)), [value.id]))
    }

    fileprivate mutating func select() throws -> [GraphValue] {
        let isInteger = try input(1).isInteger
        if let condition = try constantIfKnown(0), let yes = try constantIfKnown(1), let no = try constantIfKnown(2) {
            let target = try Self.broadcast([condition.dimensions, yes.dimensions, no.dimensions])
            guard let condition = condition.broadcast(to: target), let yes = yes.broadcast(to: target),
                let no = no.broadcast(to: target)
            else { throw malformed("Its inputs do not fit each other.") }
            let numbers = condition.numbers.indices.map { index -> Number in
                condition.numbers[index].real.map { $0 != 0 ? yes.numbers[index] : no.numbers[index] } ?? .open
            }
            return [GraphValue(HostTensor(numbers, dimensions: target, isInteger: isInteger))]
        }
        var (ids, like) = try aligned([0, 1, 2])
        like.id = try push(.elementwise(Elementwise(.select)), ids)
        return [GraphValue(.computed(like), isInteger: isInteger)]
    }

    /// x where x > 0, else slope · x.
    fileprivate mutating func slope() throws -> [GraphValue] {
        let value = try computed(0)
        let dimensions = dimensions(try input(1)).compactMap(\.integer)
        let rank = rank(try input(0))
        let offset = rank - dimensions.count
        if case .computed = try input(1).content {
            var (ids, like) = try aligned([0, 1])
            let zero = try materialised(HostTensor(scalar: 0), with: ids[0])
            let negative = try push(.elementwise(Elementwise(.minimum)), [ids[0], zero])
            let positive = try push(.elementwise(Elementwise(.maximum)), [ids[0], zero])
            let scaled = try push(.elementwise(Elementwise(.multiply)), [negative, ids[1]])
            like.id = try push(.elementwise(Elementwise(.add)), [positive, scaled])
            return [GraphValue(.computed(like))]
        }
        guard offset >= 0 else { throw malformed("Its slopes have more axes than its input.") }
        let extents = extents(value)
        let reference = try parameter(1, "slope", .activation) { view in
            var view = view
            var axes = Array(offset..<rank)
            if let place = axes.firstIndex(of: value.batch) {
                guard dimensions[place] == 1 else { throw Self.mixing }
                view = view.removing(axis: place)
                axes.remove(at: place)
            }
            while view.dimensions.count < extents.count { view = view.inserting(axis: 0) }
            return value.spatial.map { view.transposed(Array(1...$0) + [0]) } ?? view
        }
        var result = value
        result.id = try push(.activation(Activation("prelu")), [value.id], [reference])
        return [GraphValue(.computed(result))]
    }

    static func broadcast(_ shapes: [[Int]]) throws -> [Int] {
        let rank = shapes.map(\.count).max() ?? 0
        let result = try (0..<rank).map { axis in
            let extents = shapes.compactMap { shape -> Int? in
                let place = axis - (rank - shape.count)
                return place >= 0 && shape[place] != 1 ? shape[place] : nil
            }
            guard Set(extents).count <= 1 else {
                throw SparsifyError(.malformed, "Constants of shapes \(shapes) cannot be combined.")
            }
            return extents.first ?? 1
        }
        guard try Shape(result).elementCount <= GraphSource.maximumElements else {
            throw SparsifyError(.unsupported, "a constant of shape \(result) is too large")
        }
        return result
    }

    // MARK: Constants

    /// What a combination of constants comes to; nil where an input is computed.
    private func folded(_ kind: Elementwise.Kind) throws -> GraphValue? {
        var tensors: [HostTensor] = []
        for index in 0..<node.inputCount {
            if case .computed = try input(index).content { return nil }
            guard let tensor = try constantIfKnown(index) else { return nil }
            tensors.append(tensor)
        }
        let target = try Self.broadcast(tensors.map(\.dimensions))
        let spread = tensors.compactMap { $0.broadcast(to: target) }
        guard var result = spread.first, spread.count == tensors.count else { return nil }
        let isInteger = result.isInteger
        for tensor in spread.dropFirst() {
            result.numbers = zip(result.numbers, tensor.numbers).map {
                Self.combine(kind == .average ? .add : kind, $0, $1, isInteger: isInteger)
            }
        }
        if kind == .average {
            result.numbers = result.numbers.map {
                Self.combine(.divide, $0, .real(Double(tensors.count)), isInteger: false)
            }
        }
        return GraphValue(result)
    }

    private static func combine(_ kind: Elementwise.Kind, _ a: Number, _ b: Number, isInteger: Bool) -> Number {
        switch (kind, a, b) {
        case (_, .real(let a), .real(let b)): .real(combine(kind, a, b, isInteger: isInteger))
        case (.add, .batch(let a), .batch(let b)): .batch(a + b)
        case (.subtract, .batch(let a), .batch(let b)): a == b ? .real(0) : .batch(a - b)
        case (.multiply, .batch(let a), .real(let b)), (.multiply, .real(let b), .batch(let a)):
            b == 0 ? .real(0) : .batch(a * b)
        case (.divide, .batch(let a), .batch(let b)): .real(a / b)
        case (.divide, .batch(let a), .real(let b)): a.truncatingRemainder(dividingBy: b) == 0 ? .batch(a / b) : .open
        case (.add, .batch(let a), .real(0)), (.add, .real(0), .batch(let a)), (.subtract, .batch(let a), .real(0)):
            .batch(a)
        // There is an example at least.
        case (.equal, .batch(let a), .real(let b)), (.equal, .real(let b), .batch(let a)):
            a > 0 && b <= 0 ? .real(0) : .open
        default: .open
        }
    }

    private static func combine(_ kind: Elementwise.Kind, _ a: Double, _ b: Double, isInteger: Bool) -> Double {
        func truth(_ condition: Bool) -> Double { condition ? 1 : 0 }
        return switch kind {
        case .add, .average: a + b
        case .subtract: a - b
        case .multiply: a * b
        case .maximum: max(a, b)
        case .minimum: min(a, b)
        case .divide: isInteger && b != 0 ? (a / b).rounded(.towardZero) : a / b
        case .floorDivide: (a / b).rounded(.down)
        case .remainder: a - b * (a / b).rounded(.down)
        case .power: pow(a, b)
        case .addScaled(let factor): a + factor * b
        case .equal: truth(a == b)
        case .notEqual: truth(a != b)
        case .greater: truth(a > b)
        case .greaterOrEqual: truth(a >= b)
        case .less: truth(a < b)
        case .lessOrEqual: truth(a <= b)
        case .and: truth(a != 0 && b != 0)
        case .or: truth(a != 0 || b != 0)
        case .exclusiveOr: truth((a != 0) != (b != 0))
        case .select: a
        }
    }
}

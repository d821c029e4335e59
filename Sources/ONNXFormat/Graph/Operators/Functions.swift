internal import Foundation
internal import Networks
internal import Tensors

/// Functions of each element.
extension GraphOperators {
    static let functions: [String: GraphOperator] = [
        "Abs": { try $0.apply("abs") { Swift.abs($0) } },
        "Neg": { try $0.negate() },
        "Sign": { try $0.apply("sign") { $0 == 0 ? 0 : $0 > 0 ? 1 : -1 } },
        "Floor": { try $0.apply("floor") { $0.rounded(.down) } },
        "Ceil": { try $0.apply("ceil") { $0.rounded(.up) } },
        "Round": { try $0.apply("round") { $0.rounded(.toNearestOrEven) } },
        "Sqrt": { try $0.apply("sqrt") { $0.squareRoot() } },
        "Exp": { try $0.apply("exp") { exp($0) } },
        "Log": { try $0.apply("log") { log($0) } },
        "Reciprocal": { try $0.apply("reciprocal") { 1 / $0 } },
        "Erf": { try $0.apply("erf") { erf($0) } },
        "Sin": { try $0.apply("sin") { sin($0) } },
        "Cos": { try $0.apply("cos") { cos($0) } },
        "Tan": { try $0.apply("tan") { tan($0) } },
        "Asin": { try $0.apply("asin") { asin($0) } },
        "Acos": { try $0.apply("acos") { acos($0) } },
        "Atan": { try $0.apply("atan") { atan($0) } },
        "Sinh": { try $0.apply("sinh") { sinh($0) } },
        "Cosh": { try $0.apply("cosh") { cosh($0) } },
        "Asinh": { try $0.apply("asinh") { asinh($0) } },
        "Acosh": { try $0.apply("acosh") { acosh($0) } },
        "Atanh": { try $0.apply("atanh") { atanh($0) } },
        "Not": { try $0.apply("logical_not", isInteger: true) { $0 == 0 ? 1 : 0 } },
        "IsNaN": { try $0.apply("isnan", isInteger: true) { $0.isNaN ? 1 : 0 } },
        "IsInf": { try $0.isInfinite() },
        "Identity": { [try $0.input(0)] },
        "Dropout": { try $0.dropout() },
        "Cast": { try $0.cast(to: $0.node.integer("to", default: 1)) },
        "CastLike": { [GraphValue(try $0.input(0).content, isInteger: try $0.input(1).isInteger)] },
        "Clip": { try $0.clip() },
    ]
}

extension GraphLowering {
    /// A function of each element of the first input; of a constant, what it comes to.
    mutating func apply(
        _ name: String, arguments: [String: JSONValue] = [:], isInteger: Bool? = nil, _ function: (Double) -> Double
    ) throws -> [GraphValue] {
        let value = try input(0)
        if case .computed(var computed) = value.content {
            computed.id = try push(
                .activation(Activation(name, arguments: arguments).canonical()), [computed.id])
            return [GraphValue(.computed(computed), isInteger: isInteger ?? value.isInteger)]
        }
        var tensor = try constant(0)
        tensor.numbers = tensor.numbers.map { number in
            if case .real(let real) = number { return .real(function(real)) }
            // A number of examples is whole and positive.
            return ["floor", "ceil", "abs", "round", "trunc"].contains(name) ? number : .open
        }
        tensor.isInteger = isInteger ?? tensor.isInteger
        return [GraphValue(tensor)]
    }

    fileprivate mutating func negate() throws -> [GraphValue] {
        guard case .computed(var value) = try input(0).content else { return try apply("neg") { -$0 } }
        value.id = try push(.affine(Affine(scale: -1)), [value.id])
        return [GraphValue(.computed(value), isInteger: try input(0).isInteger)]
    }

    fileprivate mutating func isInfinite() throws -> [GraphValue] {
        let (positive, negative) = (
            node.flag("detect_positive", default: true), node.flag("detect_negative", default: true)
        )
        var value = try computed(0)
        if positive && negative {
            value.id = try push(.activation(Activation("isinf")), [value.id])
        } else {
            let limit: Double = positive == negative ? .nan : positive ? .infinity : -.infinity
            let constant = try materialised(HostTensor(scalar: limit), with: value.id)
            value.id = try push(.elementwise(Elementwise(.equal)), [value.id, constant])
        }
        return [GraphValue(.computed(value), isInteger: true)]
    }

    fileprivate mutating func dropout() throws -> [GraphValue] {
        if has(2), try constant(2).scalar != 0 { throw unsupported("it drops elements at random, as in training") }
        return [try input(0)]
    }

    /// Numbers of all types are computed with as floating-point numbers: a cast rounds them to what the type can tell.
    fileprivate mutating func cast(to number: Int) throws -> [GraphValue] {
        guard let type = ONNXType(rawValue: Int32(truncatingIfNeeded: number)), type.carriedName == nil,
            type != .string
        else { throw unsupported("it casts to the type number \(number)") }
        let isFloat = type.element.isFloatingPoint
        let value = try input(0)
        if isFloat || (value.isInteger && type != .bool) {
            if case .constant(var tensor) = value.content {
                tensor.isInteger = !isFloat
                return [GraphValue(tensor)]
            }
            return [GraphValue(value.content, isInteger: !isFloat)]
        }
        guard type == .bool else {
            return try apply("trunc", isInteger: true) { $0.rounded(.towardZero) }
        }
        guard case .computed(var computed) = value.content else {
            return try apply("bool", isInteger: true) { $0 == 0 ? 0 : 1 }
        }
        let zero = try materialised(HostTensor(scalar: 0), with: computed.id)
        computed.id = try push(.elementwise(Elementwise(.notEqual)), [computed.id, zero])
        return [GraphValue(.computed(computed), isInteger: true)]
    }

    fileprivate mutating func clip() throws -> [GraphValue] {
        func bound(_ index: Int, _ name: String) throws -> Double? {
            if opset < 11 { return node.attribute(name).map { Double($0.f) } }
            guard has(index) else { return nil }
            guard let scalar = try constant(index).scalar else { throw malformed("Its bounds are no single numbers.") }
            return scalar
        }
        let (low, high) = (try bound(1, "min"), try bound(2, "max"))
        let value = try input(0)
        guard case .computed(var computed) = value.content else {
            return try apply("clip") { min(max($0, low ?? -.infinity), high ?? .infinity) }
        }
        if low == 0, let high {
            let relu = Activation("relu", arguments: ["max_value": .number(high)]).canonical()
            computed.id = try push(.activation(relu), [computed.id])
        } else {
            for (kind, bound) in [(Elementwise.Kind.maximum, low), (.minimum, high)] {
                guard let bound else { continue }
                let constant = try materialised(HostTensor(scalar: bound), with: computed.id)
                computed.id = try push(.elementwise(Elementwise(kind)), [computed.id, constant])
            }
        }
        return [GraphValue(.computed(computed), isInteger: value.isInteger)]
    }
}

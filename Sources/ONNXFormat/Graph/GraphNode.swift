internal import Foundation
internal import Tensors

/// A node of a graph: an operator, what it is applied to, and its attributes.
struct GraphNode {
    let proto: ONNXNodeProto
    /// Unique in the graph.
    let path: String
    private let attributes: [String: ONNXAttributeProto]

    init(_ proto: ONNXNodeProto, path: String) {
        self.proto = proto
        self.path = path
        attributes = Dictionary(proto.attribute.map { ($0.name, $0) }) { first, _ in first }
    }

    var inputCount: Int { proto.input.count }

    /// Whether there is an input at this position: optional ones may be left out, or have no name.
    func has(_ index: Int) -> Bool { index < proto.input.count && !proto.input[index].isEmpty }

    func attribute(_ name: String) -> ONNXAttributeProto? { attributes[name] }

    func integer(_ name: String, default standard: Int) -> Int { attributes[name].map { Int($0.i) } ?? standard }

    func flag(_ name: String, default standard: Bool = false) -> Bool {
        integer(name, default: standard ? 1 : 0) != 0
    }

    func number(_ name: String, default standard: Double) -> Double {
        attributes[name].map { Double($0.f) } ?? standard
    }

    func text(_ name: String, default standard: String) -> String {
        attributes[name].map { String(decoding: $0.s, as: UTF8.self) } ?? standard
    }

    func integers(_ name: String) -> [Int]? { attributes[name].map { $0.ints.map { Int($0) } } }

    func texts(_ name: String) -> [String]? {
        attributes[name].map { $0.strings.map { String(decoding: $0, as: UTF8.self) } }
    }

    /// As many integers as there are axes, each within the range.
    ///
    /// - Throws: `malformed` where there are others.
    func integers(
        _ name: String, count: Int, in range: ClosedRange<Int>, default standard: Int
    ) throws(SparsifyError) -> [Int] {
        guard let list = integers(name) else { return Array(repeating: standard, count: count) }
        guard list.count == count, list.allSatisfy(range.contains) else {
            throw SparsifyError(.malformed, "Its '\(name)' are \(list), which are not \(count) numbers that it takes.")
        }
        return list
    }
}

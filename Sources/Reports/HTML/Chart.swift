/// A drawing of points or curves over two axes, as SVG.
struct Chart {
    struct Curve {
        var label: String
        var points: [(x: Double, y: Double)]
    }

    var xLabel: String
    /// One or two; each has an axis of its own.
    var curves: [Curve]
    /// Points that stand out, by number, in a chart of points; nil: a line joins them.
    var best: Set<Int>?
    /// Whether there are whole numbers alone along the first axis.
    var isCounted = false
    /// How numbers on the axes are written.
    var xText: (Double) -> String
    var yText: (Double) -> String

    private static let (width, height) = (720.0, 300.0)
    private static let (left, right, top, bottom) = (70.0, 70.0, 16.0, 44.0)

    /// Nil where there is nothing to draw.
    var svg: String? {
        let points = curves.flatMap(\.points).filter { $0.x.isFinite && $0.y.isFinite }
        guard let least = points.map(\.x).min(), let greatest = points.map(\.x).max() else { return nil }
        let x = Scale(least, greatest, from: Self.left, to: Self.width - Self.right)
        var body = axis(x)
        for (number, curve) in curves.prefix(2).enumerated() {
            let points = curve.points.filter { $0.x.isFinite && $0.y.isFinite }
            guard let low = points.map(\.y).min(), let high = points.map(\.y).max() else { continue }
            let y = Scale(low, high, from: Self.height - Self.bottom, to: Self.top)
            body += side(y, number, curve.label)
            let places = points.map { (x[$0.x], y[$0.y]) }
            if let best {
                for (index, place) in places.enumerated() {
                    body +=
                        "<circle class=\"\(best.contains(index) ? "best" : "dot")\" cx=\"\(text(place.0))\" cy=\"\(text(place.1))\" r=\"5\"/>\n"
                }
            } else {
                let line = places.map { "\(text($0.0)),\(text($0.1))" }.joined(separator: " ")
                body += "<polyline class=\"curve\(number + 1)\" points=\"\(line)\"/>\n"
            }
        }
        let label = HTMLPage.escaped(curves.map(\.label).joined(separator: ", ") + " by " + xLabel)
        return
            "<svg viewBox=\"0 0 \(Int(Self.width)) \(Int(Self.height))\" width=\"\(Int(Self.width))\" role=\"img\" aria-label=\"\(label)\">\n"
            + body + "</svg>\n"
    }

    private func axis(_ x: Scale) -> String {
        let bottom = Self.height - Self.bottom
        var body =
            "<path class=\"axis\" d=\"M\(text(Self.left)) \(text(Self.top))V\(text(bottom))H\(text(Self.width - Self.right))\"/>\n"
        for value in ticks(x) {
            body +=
                "<text x=\"\(text(x[value]))\" y=\"\(text(bottom + 18))\" text-anchor=\"middle\">\(HTMLPage.escaped(xText(value)))</text>\n"
        }
        return body
            + "<text x=\"\(text(Self.width / 2))\" y=\"\(text(Self.height - 6))\" text-anchor=\"middle\">\(HTMLPage.escaped(xLabel))</text>\n"
    }

    private func ticks(_ x: Scale) -> [Double] {
        let all = (0...4).map { x.low + (x.high - x.low) * Double($0) / 4 }
        guard isCounted else { return all }
        return all.map { $0.rounded(.down) }.reduce(into: []) { if $0.last != $1 { $0.append($1) } }
    }

    private func side(_ y: Scale, _ number: Int, _ label: String) -> String {
        let (place, anchor) = number == 0 ? (Self.left - 8, "end") : (Self.width - Self.right + 8, "start")
        return (0...4).map { part in
            let value = y.low + (y.high - y.low) * Double(part) / 4
            return
                "<text x=\"\(text(place))\" y=\"\(text(y[value] + 4))\" text-anchor=\"\(anchor)\">\(HTMLPage.escaped(yText(value)))</text>\n"
        }.joined()
    }

    private func text(_ number: Double) -> String { NumberText.fixed(number, 1) }

    private struct Scale {
        let (low, high, from, to): (Double, Double, Double, Double)

        init(_ low: Double, _ high: Double, from: Double, to: Double) {
            // Where all are alike they lie in the middle.
            let margin = low == high ? max(abs(low) * 0.1, 0.1) : 0
            (self.low, self.high, self.from, self.to) = (low - margin, high + margin, from, to)
        }

        subscript(_ value: Double) -> Double { from + (value - low) / (high - low) * (to - from) }
    }
}

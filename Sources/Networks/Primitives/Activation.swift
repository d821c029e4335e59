internal import Tensors

/// A function of each element x or, for softmax and the like, of each vector along some axes.
///
/// Programs hold activations under these names and with these arguments, all of which are there where a standard is not
/// given (`canonical` sees to it). Other names are functions that the model's author wrote.
///
/// | name | value | arguments |
/// |---|---|---|
/// | `linear` | x | |
/// | `stop_gradient` | x, whose gradient does not pass | |
/// | `relu` | x where x > threshold, else negative_slope · (x − threshold); with max_value, the former is clipped to 0…max_value | `negative_slope`, `threshold`; maybe `max_value` |
/// | `prelu` | x where x > 0, else slope · x; the slopes are the parameter, which broadcasts over the value | |
/// | `elu` | x where x > 0, else alpha · (eˣ − 1) | `alpha` |
/// | `selu` | 1.0507009873554805 · (x where x > 0, else 1.6732632423543772 · (eˣ − 1)) | |
/// | `celu` | max(x, 0) + alpha · (e^(min(x, 0) / alpha) − 1) | `alpha` |
/// | `gelu` | x / 2 · (1 + erf(x / √2)); approximate: x / 2 · (1 + tanh(√(2 / π) · (x + 0.044715 · x³))) | `approximate`: a boolean |
/// | `quick_gelu` | x · σ(1.702 · x) | |
/// | `sigmoid` | σ(x) = 1 / (1 + e⁻ˣ) | |
/// | `hard_sigmoid` | slope · x + offset, clipped to 0…1 | `slope`, `offset` |
/// | `hard_silu` | x · (slope · x + offset, clipped to 0…1) | `slope`, `offset` |
/// | `log_sigmoid` | log σ(x) | |
/// | `sparse_sigmoid` | (x + 1) / 2, clipped to 0…1 | |
/// | `silu` | x · σ(x) | |
/// | `mish` | x · tanh(log(1 + eˣ)) | |
/// | `softplus` | log(1 + eˣ) | |
/// | `softsign` | x / (1 + \|x\|) | |
/// | `soft_shrink` | x − threshold where x > threshold, x + threshold where x < −threshold, else 0 | `threshold` |
/// | `hard_shrink` | x where \|x\| > threshold, else 0 | `threshold` |
/// | `tanh_shrink` | x − tanh x | |
/// | `hard_tanh` | x, clipped to −1…1 | |
/// | `sparse_plus` | 0 where x ≤ −1, (x + 1)² / 4 where x < 1, else x | |
/// | `squareplus` | (x + √(x² + b)) / 2 | `b` |
/// | `threshold` | x where x > threshold, else value | `threshold`, `value` |
/// | `softmax` | eˣ / Σ eˣ along the axes | maybe `axes`, `masked_value` |
/// | `log_softmax` | x − log Σ eˣ along the axes | maybe `axes` |
/// | `sparsemax` | max(x − τ, 0) along the axis, τ as below | maybe `axes` |
/// | `abs`, `sign`, `floor`, `ceil`, `trunc`, `sqrt`, `exp`, `log`, `sin`, `cos`, `tan`, `asin`, `acos`, `atan`, `sinh`, `cosh`, `tanh`, `asinh`, `acosh`, `atanh`, `erf`, `expm1`, `log1p`, `log2`, `log10` | as in C | |
/// | `round` | the nearest integer, halves to even | |
/// | `rsqrt` | 1 / √x | |
/// | `reciprocal` | 1 / x | |
/// | `logical_not` | 1 where x is 0, else 0 | |
/// | `isnan`, `isinf`, `isfinite` | 1 where it is, else 0 | |
///
/// The τ of `sparsemax` is Keras's, not that of the paper: with x₁ ≥ x₂ ≥ … in order, cᵣ = x₁ + … + xᵣ, and k the number
/// of r for which xᵣ > (cᵣ − 1) / r, it is (the sum of the cᵣ of those r − 1) / k.
///
/// `axes` are positions among the extents, the batch not counted; where there are none it is the last. A softmax may
/// have a second input, whose axes are the value's last ones and whose extents of 1 are repeated: elements where it
/// is 0 are taken to be `masked_value` (−10⁹ where it is not given). A vector of such alone so comes out even.
public struct Activation: Sendable, Hashable {
    /// As Keras names it: `relu`, `gelu`, `softmax`, …
    public var name: String
    /// What the function depends on besides its input: `max_value`, `negative_slope`, `axes`, …
    public var arguments: [String: JSONValue]

    public init(_ name: String, arguments: [String: JSONValue] = [:]) {
        self.name = name
        self.arguments = arguments
    }

    /// An argument that is a number; nil where it is missing or something else.
    public func number(_ argument: String) -> Double? { arguments[argument]?.number }

    /// The axes that the function works along, as positions among `count` extents.
    public func axes(count: Int) -> [Int] {
        arguments["axes"]?.array?.compactMap(\.integer) ?? (count > 0 ? [count - 1] : [])
    }
}

extension Activation: PrimitiveRule {
    func outputs(of inputs: [Value]) throws -> [Value] {
        let (value, with) = try single(Array(inputs.prefix(1)))
        guard axes(count: value.count).allSatisfy(value.indices.contains) else {
            throw SparsifyError(.malformed, "A value of shape \(value.text) has no such axes for '\(name)'.")
        }
        return [with(value)]
    }

    func counts(_ step: StepEvidence) -> OperationCounts? { .zero }
}

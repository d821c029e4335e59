// Loops over floats that want vector units wider than the baseline has. Each exists for several instruction sets; the
// best that the processor has is chosen at the first call (`processor.h`).
#ifndef VECTOR_KERNELS_H
#define VECTOR_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/// values[r * stride + c] ← min(max(values[…] + bias[c], low), high); without a bias where it is null.
void vk_bias_clamp(float *values, const float *bias, size_t rows, size_t columns, size_t stride, float low, float high);

/// out ← min(max(a + b, low), high)
void vk_add(const float *a, const float *b, float *out, size_t count, float low, float high);
/// out ← a · b
void vk_multiply(const float *a, const float *b, float *out, size_t count);
/// out ← a · scale + shift, all of `count`
void vk_affine(const float *a, const float *scale, const float *shift, float *out, size_t count);
/// out ← max(out, a)
void vk_maximum(const float *a, float *out, size_t count);

/// x ← 1 / (1 + e^−x)
void vk_sigmoid(float *x, size_t count);
/// x ← x / (1 + e^−x)
void vk_silu(float *x, size_t count);
/// x ← tanh x
void vk_tanh(float *x, size_t count);
/// x ← e^(x − top); returns the sum.
float vk_exponentials(float *x, size_t count, float top);

/// One step of an LSTM cell of `units`, whose gates lie i, f, g, o before their functions:
/// c ← σ(f) · c + σ(i) · tanh g; h ← σ(o) · tanh c.
void vk_lstm(const float *gates, float *cell, float *state, size_t units);

/// How a depthwise convolution walks one row of its output; extents and distances in elements of the innermost
/// spatial axis.
struct vk_depthwise {
    size_t channels;
    /// Columns of the output, and of the input.
    ptrdiff_t output, input;
    /// Taps of the innermost axis.
    ptrdiff_t taps, stride, dilation, before;
    /// Lines of the input that the row's windows cover, and how many.
    size_t lines;
};

/// One row of the output of a depthwise convolution of multiplier 1, channels last: for each column and channel the
/// bias (0 where null) plus the sum of products over lines and taps within the input, between low and high.
///
/// sources[l] is line l of the input, kernels[l] the taps × channels weights for it.
void vk_depthwise_row(
    const struct vk_depthwise *shape, const float *const *sources, const float *const *kernels, const float *bias,
    float *out, float low, float high);

/// out ← numbers of the standard normal distribution, which a seed determines; fewer than 2^31.
void vk_normals(float *out, size_t count, uint64_t seed);
/// out ← e^x, for x from −87 to 88
void vk_powers(const float *x, float *out, size_t count);

/// The divergence of normal weights from the log-uniform prior and its slopes (Molchanov, Ashukha, Vetrov 2017, equation
/// 14), with log α = log σ² − log θ² kept within ±8, beyond which the slope is 0.
///
/// mean_gradient ← itself + factor · slope by the mean; variance_gradient, which comes as the slope of a loss by the
/// variance, ← that by the variance's logarithm + factor · slope. Returns the sum of divergences, without the factor.
double vk_variational(
    const float *mean, const float *log_variance, float *mean_gradient, float *variance_gradient, size_t count,
    float factor);

/// Gates of the hard concrete distribution with β = 2/3, γ = −0.1, ζ = 1.1 (Louizos, Welling, Kingma 2018), drawn by a
/// seed, and their slopes by log α.
void vk_gates(const float *log_alpha, float *gate, float *slope, size_t count, uint64_t seed);
/// gradient, which comes as the slope of a loss by the gate, ← that by log α + factor · size · slope of the probability
/// that the gate is not 0. Returns the sum of sizes times those probabilities.
double vk_gate_norm(
    const float *log_alpha, const float *slope, const float *sizes, float *gradient, size_t count, float factor);

/// The largest element under each of `places` windows, channel by channel, and its position in the source.
///
/// A window is `taps` positions in the source, each of `channels` elements; -1 lies outside. One without any gives 0, and -1 for where.
void vk_largest(
    const float *source, const int *windows, size_t places, size_t taps, size_t channels, float *target, int *choices);

/// Numbers of a step of Adam: `rate` over 1 − β₁ᵗ, `spread` 1 / √(1 − β₂ᵗ).
struct vk_adam {
    float beta1, beta2, rate, spread, epsilon;
};
/// m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², w ← w − rate · m / (spread · √v + ε)
void vk_adam(
    const struct vk_adam *step, const float *gradient, float *values, float *first, float *second, size_t count);
/// v ← μ v + g, w ← w − rate · v; with Nesterov's look ahead w ← w − rate · (g + μ v)
void vk_momentum(
    const float *gradient, float *values, float *velocity, size_t count, float momentum, float rate, int is_nesterov);

#endif

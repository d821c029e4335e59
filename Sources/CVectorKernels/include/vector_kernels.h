// Loops over floats that want vector units wider than the baseline has. Each exists for several instruction sets; the
// best that the processor has is chosen at the first call (`processor.h`).
#ifndef VECTOR_KERNELS_H
#define VECTOR_KERNELS_H

#include <stddef.h>

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

#endif

#include "vector_kernels.h"

#include "processor.h"

// An unknown target would be dropped without a word.
#pragma clang diagnostic error "-Wignored-attributes"

// Sixteen floats at any address; where registers are narrower, several of them.
typedef float vk_floats __attribute__((vector_size(64), aligned(4)));
typedef float vk_octet __attribute__((vector_size(32), aligned(4)));
typedef float vk_quad __attribute__((vector_size(16), aligned(4)));
typedef float vk_single;

#define VK(name) name##_baseline
#define VK_TARGET
#define VK_HALVED
#include "body.h"
#include "learning.h"
#undef VK
#undef VK_TARGET
#undef VK_HALVED

#if defined(__x86_64__)
#define VK(name) name##_avx2
#define VK_TARGET __attribute__((target("avx2,fma")))
#define VK_HALVED VK_TARGET
#include "body.h"
#include "learning.h"
#undef VK
#undef VK_TARGET
#undef VK_HALVED

#define VK(name) name##_avx512
#define VK_TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma")))
#define VK_HALVED __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma,prefer-256-bit")))
#include "body.h"
#include "learning.h"
#undef VK
#undef VK_TARGET
#undef VK_HALVED
#endif

void vk_bias_clamp(float *values, const float *bias, size_t rows, size_t columns, size_t stride, float low, float high) {
    PROCESSOR_DISPATCH(bias_clamp, values, bias, rows, columns, stride, low, high)
}
void vk_add(const float *a, const float *b, float *out, size_t count, float low, float high) {
    PROCESSOR_DISPATCH(add, a, b, out, count, low, high)
}
void vk_multiply(const float *a, const float *b, float *out, size_t count) { PROCESSOR_DISPATCH(multiply, a, b, out, count) }
void vk_affine(const float *a, const float *scale, const float *shift, float *out, size_t count) {
    PROCESSOR_DISPATCH(affine, a, scale, shift, out, count)
}
void vk_maximum(const float *a, float *out, size_t count) { PROCESSOR_DISPATCH(maximum, a, out, count) }
void vk_sigmoid(float *x, size_t count) { PROCESSOR_DISPATCH(sigmoid, x, count) }
void vk_silu(float *x, size_t count) { PROCESSOR_DISPATCH(silu, x, count) }
void vk_tanh(float *x, size_t count) { PROCESSOR_DISPATCH(tanh, x, count) }
void vk_lstm(const float *gates, float *cell, float *state, size_t units) {
    PROCESSOR_DISPATCH(lstm, gates, cell, state, units)
}
float vk_exponentials(float *x, size_t count, float top) { PROCESSOR_DISPATCH(exponentials, x, count, top) }
void vk_depthwise_row(
    const struct vk_depthwise *shape, const float *const *sources, const float *const *kernels, const float *bias,
    float *out, float low, float high) {
    PROCESSOR_DISPATCH(depthwise_row, shape, sources, kernels, bias, out, low, high)
}
void vk_normals(float *out, size_t count, uint64_t seed) {
    PROCESSOR_DISPATCH(normals, out, count, (unsigned)seed, (unsigned)(seed >> 32))
}
void vk_powers(const float *x, float *out, size_t count) { PROCESSOR_DISPATCH(powers, x, out, count) }
double vk_variational(
    const float *mean, const float *log_variance, float *mean_gradient, float *variance_gradient, size_t count,
    float factor) {
    PROCESSOR_DISPATCH(variational, mean, log_variance, mean_gradient, variance_gradient, count, factor)
}
void vk_gates(const float *log_alpha, float *gate, float *slope, size_t count, uint64_t seed) {
    PROCESSOR_DISPATCH(gates, log_alpha, gate, slope, count, (unsigned)seed, (unsigned)(seed >> 32))
}
double vk_gate_norm(
    const float *log_alpha, const float *slope, const float *sizes, float *gradient, size_t count, float factor) {
    PROCESSOR_DISPATCH(gate_norm, log_alpha, slope, sizes, gradient, count, factor)
}
void vk_largest(
    const float *source, const int *windows, size_t places, size_t taps, size_t channels, float *target, int *choices) {
    PROCESSOR_DISPATCH(largest, source, windows, places, taps, channels, target, choices)
}
void vk_adam(
    const struct vk_adam *step, const float *gradient, float *values, float *first, float *second, size_t count) {
    PROCESSOR_DISPATCH(adam, step, gradient, values, first, second, count)
}
void vk_momentum(
    const float *gradient, float *values, float *velocity, size_t count, float momentum, float rate, int is_nesterov) {
    PROCESSOR_DISPATCH(momentum, gradient, values, velocity, count, momentum, rate, is_nesterov)
}

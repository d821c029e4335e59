#include "vector_kernels.h"

#include <stdatomic.h>
#include <stdlib.h>

// An unknown target would be dropped without a word.
#pragma clang diagnostic error "-Wignored-attributes"

// Sixteen floats at any address; where registers are narrower, several of them.
typedef float vk_floats __attribute__((vector_size(64), aligned(4)));

#define VK(name) name##_baseline
#define VK_TARGET
#include "body.h"
#undef VK
#undef VK_TARGET

#if defined(__x86_64__)
#define VK(name) name##_avx2
#define VK_TARGET __attribute__((target("avx2,fma")))
#include "body.h"
#undef VK
#undef VK_TARGET

#define VK(name) name##_avx512
#define VK_TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma,prefer-256-bit")))
#include "body.h"
#undef VK
#undef VK_TARGET
#endif

static int processor_level(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")
        && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("fma"))
        return VK_AVX512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return VK_AVX2;
#endif
    return VK_BASELINE;
}

int vk_best_level(void) {
    int level = processor_level();
    const char *bound = getenv("SPARSIFY_CPU_LEVEL");
    return bound && *bound >= '0' && *bound < '0' + level ? *bound - '0' : level;
}

static atomic_int chosen = -1;

int vk_level(void) {
    int level = atomic_load_explicit(&chosen, memory_order_relaxed);
    if (level < 0) {
        level = vk_best_level();
        atomic_store_explicit(&chosen, level, memory_order_relaxed);
    }
    return level;
}

void vk_set_level(int level) {
    int best = vk_best_level();
    atomic_store_explicit(&chosen, level < 0 ? 0 : level > best ? best : level, memory_order_relaxed);
}

#if defined(__x86_64__)
#define VK_DISPATCH(name, ...)                                                                                        \
    switch (vk_level()) {                                                                                             \
    case VK_AVX512: return name##_avx512(__VA_ARGS__);                                                                \
    case VK_AVX2: return name##_avx2(__VA_ARGS__);                                                                    \
    default: return name##_baseline(__VA_ARGS__);                                                                     \
    }
#else
#define VK_DISPATCH(name, ...) return name##_baseline(__VA_ARGS__);
#endif

void vk_bias_clamp(float *values, const float *bias, size_t rows, size_t columns, size_t stride, float low, float high) {
    VK_DISPATCH(bias_clamp, values, bias, rows, columns, stride, low, high)
}
void vk_add(const float *a, const float *b, float *out, size_t count, float low, float high) {
    VK_DISPATCH(add, a, b, out, count, low, high)
}
void vk_multiply(const float *a, const float *b, float *out, size_t count) { VK_DISPATCH(multiply, a, b, out, count) }
void vk_affine(const float *a, const float *scale, const float *shift, float *out, size_t count) {
    VK_DISPATCH(affine, a, scale, shift, out, count)
}
void vk_maximum(const float *a, float *out, size_t count) { VK_DISPATCH(maximum, a, out, count) }
void vk_sigmoid(float *x, size_t count) { VK_DISPATCH(sigmoid, x, count) }
void vk_silu(float *x, size_t count) { VK_DISPATCH(silu, x, count) }
void vk_tanh(float *x, size_t count) { VK_DISPATCH(tanh, x, count) }
void vk_lstm(const float *gates, float *cell, float *state, size_t units) {
    VK_DISPATCH(lstm, gates, cell, state, units)
}
float vk_exponentials(float *x, size_t count, float top) { VK_DISPATCH(exponentials, x, count, top) }
void vk_depthwise_row(
    const struct vk_depthwise *shape, const float *const *sources, const float *const *kernels, const float *bias,
    float *out, float low, float high) {
    VK_DISPATCH(depthwise_row, shape, sources, kernels, bias, out, low, high)
}

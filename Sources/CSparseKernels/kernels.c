#include "sparse_kernels.h"

#include "processor.h"

#include <string.h>

// An unknown target would be dropped without a word.
#pragma clang diagnostic error "-Wignored-attributes"

// The body is written for vectors of SK_WIDTH floats. SK_PART(n) is the mask of a vector's first n.
// Of SK_MIN and SK_MAX the result is the second operand where either is not-a-number.
#define SK(name) name##_baseline
#define SK_TARGET
#define SK_WIDTH 4
#define SK_FUSED(a, b, c) ((a) * (b) + (c))
#define SK_MIN(a, b) SK_CHOOSE((a) < (b), a, b)
#define SK_MAX(a, b) SK_CHOOSE((a) > (b), a, b)
#define SK_CHOOSE(mask, a, b) ((vec)(((mask) & (SK(wide_ints))(a)) | (~(mask) & (SK(wide_ints))(b))))
#define SK_MASK int
#define SK_PART(n) 0
#define SK_LOAD_PART(p, mask) (vec){0}
#define SK_STORE_PART(p, mask, x) ((void)(x))
#include "body.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define SK(name) name##_avx2
#define SK_TARGET __attribute__((target("avx2,fma")))
#define SK_WIDTH 8
#define SK_FUSED(a, b, c) _mm256_fmadd_ps(a, b, c)
#define SK_MIN(a, b) _mm256_min_ps(a, b)
#define SK_MAX(a, b) _mm256_max_ps(a, b)
#define SK_MASK __m256i
#define SK_PART(n) _mm256_cmpgt_epi32(_mm256_set1_epi32((int)(n)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7))
#define SK_LOAD_PART(p, mask) _mm256_maskload_ps(p, mask)
#define SK_STORE_PART(p, mask, x) _mm256_maskstore_ps(p, mask, x)
#include "body.h"

#define SK(name) name##_avx512
#define SK_TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma")))
#define SK_WIDTH 16
#define SK_FUSED(a, b, c) _mm512_fmadd_ps(a, b, c)
#define SK_MIN(a, b) _mm512_min_ps(a, b)
#define SK_MAX(a, b) _mm512_max_ps(a, b)
#define SK_MASK __mmask16
#define SK_PART(n) ((__mmask16)((1u << (n)) - 1))
#define SK_LOAD_PART(p, mask) _mm512_maskz_loadu_ps(mask, p)
#define SK_STORE_PART(p, mask, x) _mm512_mask_storeu_ps(p, mask, x)
#include "body.h"
#endif

void sk_vector(
    const struct sk_matrix *matrix, size_t first, size_t last, const float *x, float *y,
    const struct sk_finish *finish) {
    PROCESSOR_DISPATCH(vector, matrix, first, last, x, y, finish)
}

void sk_scatter(const struct sk_list *list, const float *x, float *y, const struct sk_finish *finish) {
    PROCESSOR_DISPATCH(scatter, list, x, y, finish)
}

void sk_slices(const struct sk_sliced *matrix, const float *x, float *y, const struct sk_finish *finish) {
    PROCESSOR_DISPATCH(slices, matrix, x, y, finish)
}

void sk_columns(
    const struct sk_matrix *matrix, size_t first, size_t last, const float *b, size_t b_stride, size_t count, float *y,
    size_t y_stride, const struct sk_finish *finish) {
    PROCESSOR_DISPATCH(columns, matrix, first, last, b, b_stride, count, y, y_stride, finish)
}

void sk_transpose(
    const float *source, size_t rows, size_t columns, size_t source_stride, float *target, size_t target_stride) {
    PROCESSOR_DISPATCH(transpose, source, rows, columns, source_stride, target, target_stride)
}

void sk_to_lanes(const float *const *sources, size_t count, float *target, size_t target_stride) {
    PROCESSOR_DISPATCH(to_lanes, sources, count, target, target_stride)
}

void sk_from_lanes(const float *source, size_t count, size_t source_stride, float *const *targets) {
    PROCESSOR_DISPATCH(from_lanes, source, count, source_stride, targets)
}

// Products with sparse matrices of floats. Each function exists for several instruction sets; the best that the processor
// has is chosen at the first call (`processor.h`).
//
// A sum of `sk_columns` is one chain in the order of the non-zeros, each product fused with its addition where the
// processor can: the same bits however rows and columns are split among calls. `sk_vector` has sixteen sums side by side,
// and depends on no split of rows. A sum of `sk_slices` is one chain as well.
#ifndef SPARSE_KERNELS_H
#define SPARSE_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/// A matrix in CSR. The non-zeros of row r are those from starts[r] up to starts[r + 1]; exactly one of the two arrays
/// of column numbers is there. Nothing needs to be aligned or padded.
struct sk_matrix {
    const uint32_t *starts;
    const float *values;
    const uint16_t *narrow;
    const uint32_t *wide;
};

/// What a sum begins with and what follows it: a bias for each row of the matrix (none where null) and bounds.
/// Not-a-number stays.
struct sk_finish {
    const float *bias;
    float low, high;
    /// Whether `sk_columns` begins with what is there instead of a bias: a product goes on that was begun with other
    /// columns of the matrix.
    int carries;
};

/// y[r] ← bounded(bias[r] + Σ value · x[column]) for rows first <= r < last.
void sk_vector(
    const struct sk_matrix *matrix, size_t first, size_t last, const float *x, float *y,
    const struct sk_finish *finish);

/// The non-zeros of a matrix of `rows` rows in any order, for matrices whose rows have a few only.
struct sk_list {
    size_t rows, count;
    const float *values;
    const uint16_t *row, *column;
};

/// y[r] ← bounded(bias[r] + Σ value · x[column]), in the order of the list.
void sk_scatter(const struct sk_list *list, const float *x, float *y, const struct sk_finish *finish);

/// Rows of a slice, and columns of a segment.
#define SK_SLICE 16
#define SK_SEGMENT 32

/// A matrix in slices of rows and segments of columns, for small matrices: a segment of the vector fits into two
/// registers, from which a slice's factors are picked. Slice by slice and segment by segment there are lines of
/// SK_SLICE non-zeros, one for each row, as many as the longest row of the slice has in the segment; they come in
/// pairs, since a loop that ends after two rounds or three is foreseen better than one that ends after any number.
struct sk_sliced {
    size_t rows, columns;
    /// Numbers of pairs of lines: of each segment of the first slice, of each of the second, …
    const uint16_t *counts;
    const float *values;
    /// For each value 128 + its column within the segment; 0 where there is none.
    const uint8_t *places;
};

/// y[r] ← bounded(bias[r] + Σ value · x[column])
void sk_slices(const struct sk_sliced *matrix, const float *x, float *y, const struct sk_finish *finish);

/// y[(r − first) · y_stride + c] ← bounded(bias[r] + Σ value · b[column · b_stride + c]) for rows first <= r < last and
/// columns c < count; where sums are carried on, the first term is y[…] itself.
void sk_columns(
    const struct sk_matrix *matrix, size_t first, size_t last, const float *b, size_t b_stride, size_t count, float *y,
    size_t y_stride, const struct sk_finish *finish);

/// target[c · target_stride + r] ← source[r · source_stride + c]
void sk_transpose(
    const float *source, size_t rows, size_t columns, size_t source_stride, float *target, size_t target_stride);

/// Numbers of a line of lanes: what lies side by side in memory there comes from as many places.
#define SK_LANES 16

/// target[c · target_stride + l] ← sources[l][c] for c < count and each of the SK_LANES lanes l; zero where the source is
/// null.
void sk_to_lanes(const float *const *sources, size_t count, float *target, size_t target_stride);

/// targets[l][c] ← source[c · source_stride + l], except where the target is null.
void sk_from_lanes(const float *source, size_t count, size_t source_stride, float *const *targets);

#endif

// The kernels for one instruction set. No include guard: it is compiled once for each.

#define SK_INLINE static inline __attribute__((always_inline)) SK_TARGET

// Floats at any address.
typedef float SK(wide_floats) __attribute__((vector_size(SK_WIDTH * 4), aligned(4)));
typedef int SK(wide_ints) __attribute__((vector_size(SK_WIDTH * 4)));
typedef float SK(quad) __attribute__((vector_size(16), aligned(4)));

#define vec SK(wide_floats)

SK_INLINE float SK(bound)(float x, const struct sk_finish *finish) {
    // Comparisons with not-a-number are false.
    if (x < finish->low) x = finish->low;
    if (x > finish->high) x = finish->high;
    return x;
}

SK_INLINE vec SK(bounds)(vec x, const struct sk_finish *finish) {
    return SK_MIN((vec){0} + finish->high, SK_MAX((vec){0} + finish->low, x));
}

SK_INLINE size_t SK(column)(const struct sk_matrix *m, int is_narrow, size_t place) {
    return is_narrow ? m->narrow[place] : m->wide[place];
}

// A row by `vectors` vectors of columns, and with `tail` by one more of which only `mask` is there. The numbers are
// constants wherever this is inlined.
#define SK_LOAD(p, v) ((v) < vectors ? *(const vec *)((p) + (v) * SK_WIDTH) : SK_LOAD_PART((p) + (v) * SK_WIDTH, mask))

SK_INLINE void SK(row)(
    const int vectors, const int tail, SK_MASK mask, const int is_narrow, const struct sk_matrix *m, size_t start,
    size_t end, const float *b, size_t b_stride, float *y, float bias, const struct sk_finish *finish) {
    vec even[8], odd[8];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors + tail; v++) even[v] = (vec){0}, odd[v] = (vec){0};
    size_t place = start;
    for (; place + 1 < end; place += 2) {
        const float *p = b + SK(column)(m, is_narrow, place) * b_stride;
        const float *q = b + SK(column)(m, is_narrow, place + 1) * b_stride;
        vec first = (vec){0} + m->values[place], second = (vec){0} + m->values[place + 1];
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors + tail; v++) even[v] = SK_FUSED(first, SK_LOAD(p, v), even[v]);
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors + tail; v++) odd[v] = SK_FUSED(second, SK_LOAD(q, v), odd[v]);
    }
    if (place < end) {
        const float *p = b + SK(column)(m, is_narrow, place) * b_stride;
        vec first = (vec){0} + m->values[place];
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors + tail; v++) even[v] = SK_FUSED(first, SK_LOAD(p, v), even[v]);
    }
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++)
        *(vec *)(y + v * SK_WIDTH) = SK(bounds)(((vec){0} + bias + even[v]) + odd[v], finish);
    if (tail)
        SK_STORE_PART(
            y + vectors * SK_WIDTH, mask, SK(bounds)(((vec){0} + bias + even[vectors]) + odd[vectors], finish));
}

#if SK_WIDTH == 4
// Columns that do not fill a vector, where a part of one cannot be read.
SK_INLINE void SK(rest)(
    size_t count, const int is_narrow, const struct sk_matrix *m, size_t start, size_t end, const float *b,
    size_t b_stride, float *y, float bias, const struct sk_finish *finish) {
    float even[SK_WIDTH] = {0}, odd[SK_WIDTH] = {0};
    for (size_t place = start; place < end; place++) {
        const float *p = b + SK(column)(m, is_narrow, place) * b_stride;
        float *sum = (place - start) % 2 ? odd : even;
        for (size_t c = 0; c < count; c++) sum[c] = SK_FUSED(m->values[place], p[c], sum[c]);
    }
    for (size_t c = 0; c < count; c++) y[c] = SK(bound)((bias + even[c]) + odd[c], finish);
}
#endif

SK_INLINE void SK(strips)(
    const int is_narrow, const struct sk_matrix *m, size_t first, size_t last, const float *b, size_t b_stride,
    size_t count, float *y, size_t y_stride, const struct sk_finish *finish) {
#define SK_STRIP(n, tail, mask)                                                                                       \
    for (size_t r = first; r < last; r++)                                                                             \
        SK(row)(                                                                                                      \
            n, tail, mask, is_narrow, m, m->starts[r], m->starts[r + 1], b, b_stride, y + (r - first) * y_stride,     \
            finish->bias ? finish->bias[r] : 0, finish);                                                              \
    b += n * SK_WIDTH, y += n * SK_WIDTH, count -= n * SK_WIDTH;
#define SK_CASE(n)                                                                                                    \
    case 2 * n: SK_STRIP(n, 0, (SK_MASK){0}) return;                                                                  \
    case 2 * n + 1: SK_STRIP(n, 1, SK_PART(count % SK_WIDTH)) return;
    #if SK_WIDTH == 16
    while (count >= 8 * SK_WIDTH) { SK_STRIP(8, 0, (SK_MASK){0}) }
#else
    // There are sixteen registers, and two sums for each vector.
    while (count >= 6 * SK_WIDTH) { SK_STRIP(6, 0, (SK_MASK){0}) }
#endif
#if SK_WIDTH == 4
    size_t rest = count % SK_WIDTH;
    const float *b_rest = b + (count - rest);
    float *y_rest = y + (count - rest);
    if (rest)
        for (size_t r = first; r < last; r++)
            SK(rest)(
                rest, is_narrow, m, m->starts[r], m->starts[r + 1], b_rest, b_stride, y_rest + (r - first) * y_stride,
                finish->bias ? finish->bias[r] : 0, finish);
    count -= rest;
#endif
    switch (count / SK_WIDTH * 2 + (count % SK_WIDTH != 0)) {
        SK_CASE(7)
        SK_CASE(6)
        SK_CASE(5)
        SK_CASE(4)
        SK_CASE(3)
        SK_CASE(2)
        SK_CASE(1)
    case 1: SK_STRIP(0, 1, SK_PART(count)) return;
    }
#undef SK_STRIP
#undef SK_CASE
}

SK_TARGET static void SK(columns)(
    const struct sk_matrix *m, size_t first, size_t last, const float *b, size_t b_stride, size_t count, float *y,
    size_t y_stride, const struct sk_finish *finish) {
    if (m->narrow) SK(strips)(1, m, first, last, b, b_stride, count, y, y_stride, finish);
    else SK(strips)(0, m, first, last, b, b_stride, count, y, y_stride, finish);
}

SK_INLINE void SK(products)(
    const int is_narrow, const struct sk_matrix *m, size_t first, size_t last, const float *x, float *y,
    const struct sk_finish *finish) {
    for (size_t r = first; r < last; r++) {
        size_t place = m->starts[r], end = m->starts[r + 1];
        float s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
        for (; place + 8 <= end; place += 8) {
            const float *v = m->values + place;
            s0 += v[0] * x[SK(column)(m, is_narrow, place)];
            s1 += v[1] * x[SK(column)(m, is_narrow, place + 1)];
            s2 += v[2] * x[SK(column)(m, is_narrow, place + 2)];
            s3 += v[3] * x[SK(column)(m, is_narrow, place + 3)];
            s4 += v[4] * x[SK(column)(m, is_narrow, place + 4)];
            s5 += v[5] * x[SK(column)(m, is_narrow, place + 5)];
            s6 += v[6] * x[SK(column)(m, is_narrow, place + 6)];
            s7 += v[7] * x[SK(column)(m, is_narrow, place + 7)];
        }
        for (; place < end; place++) s0 += m->values[place] * x[SK(column)(m, is_narrow, place)];
        float sum = ((s0 + s4) + (s1 + s5)) + ((s2 + s6) + (s3 + s7));
        y[r] = SK(bound)((finish->bias ? finish->bias[r] : 0) + sum, finish);
    }
}

SK_TARGET static void SK(vector)(
    const struct sk_matrix *m, size_t first, size_t last, const float *x, float *y, const struct sk_finish *finish) {
    if (m->narrow) SK(products)(1, m, first, last, x, y, finish);
    else SK(products)(0, m, first, last, x, y, finish);
}

SK_TARGET static void SK(scatter)(
    const struct sk_list *list, const float *x, float *y, const struct sk_finish *finish) {
    if (finish->bias) memcpy(y, finish->bias, list->rows * sizeof(float));
    else memset(y, 0, list->rows * sizeof(float));
    for (size_t i = 0; i < list->count; i++) y[list->row[i]] += list->values[i] * x[list->column[i]];
    for (size_t r = 0; r < list->rows; r++) y[r] = SK(bound)(y[r], finish);
}

// Four by four in registers.
SK_INLINE void SK(square)(const float *source, size_t source_stride, float *target, size_t target_stride) {
    SK(quad) a = *(const SK(quad) *)source, b = *(const SK(quad) *)(source + source_stride);
    SK(quad) c = *(const SK(quad) *)(source + 2 * source_stride), d = *(const SK(quad) *)(source + 3 * source_stride);
    SK(quad) ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
    SK(quad) ef = __builtin_shufflevector(a, b, 2, 6, 3, 7), gh = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    *(SK(quad) *)target = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
    *(SK(quad) *)(target + target_stride) = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
    *(SK(quad) *)(target + 2 * target_stride) = __builtin_shufflevector(ef, gh, 0, 1, 4, 5);
    *(SK(quad) *)(target + 3 * target_stride) = __builtin_shufflevector(ef, gh, 2, 3, 6, 7);
}

#if SK_WIDTH >= 8
// Eight by eight: quads are laid side by side as they are read.
SK_INLINE void SK(octet)(const float *source, size_t source_stride, float *target, size_t target_stride) {
    __m256 row[8];
    for (int half = 0; half < 2; half++)
        for (int r = 0; r < 4; r++)
            row[half * 4 + r] = _mm256_insertf128_ps(
                _mm256_castps128_ps256(_mm_loadu_ps(source + r * source_stride + half * 4)),
                _mm_loadu_ps(source + (r + 4) * source_stride + half * 4), 1);
    for (int half = 0; half < 2; half++) {
        __m256 *x = row + half * 4;
        __m256 a = _mm256_unpacklo_ps(x[0], x[1]), b = _mm256_unpackhi_ps(x[0], x[1]);
        __m256 c = _mm256_unpacklo_ps(x[2], x[3]), d = _mm256_unpackhi_ps(x[2], x[3]);
        float *y = target + half * 4 * target_stride;
        _mm256_storeu_ps(y, _mm256_shuffle_ps(a, c, 0x44));
        _mm256_storeu_ps(y + target_stride, _mm256_shuffle_ps(a, c, 0xee));
        _mm256_storeu_ps(y + 2 * target_stride, _mm256_shuffle_ps(b, d, 0x44));
        _mm256_storeu_ps(y + 3 * target_stride, _mm256_shuffle_ps(b, d, 0xee));
    }
}
#define SK_BLOCK 8
#define SK_TURN SK(octet)
#else
#define SK_BLOCK 4
#define SK_TURN SK(square)
#endif

// Some rows, block by block; what is left over at the end of a line is done again with its neighbours, or in quads.
SK_INLINE void SK(turned)(
    const int height, const float *source, size_t columns, size_t source_stride, float *target,
    size_t target_stride) {
    size_t c = 0;
    if (height >= SK_BLOCK && columns >= SK_BLOCK) {
        for (;;) {
#pragma clang loop unroll(full)
            for (int r = 0; r < height; r += SK_BLOCK)
                SK_TURN(
                    source + r * source_stride + c, source_stride, target + c * target_stride + r, target_stride);
            c += SK_BLOCK;
            if (c == columns) return;
            if (c + SK_BLOCK > columns) c = columns - SK_BLOCK;
        }
    }
    for (; c + 4 <= columns; c += 4)
        for (int r = 0; r < height; r += 4)
            SK(square)(source + r * source_stride + c, source_stride, target + c * target_stride + r, target_stride);
    for (; c < columns; c++)
        for (int r = 0; r < height; r++) target[c * target_stride + r] = source[r * source_stride + c];
}

SK_TARGET static void SK(transpose)(
    const float *source, size_t rows, size_t columns, size_t source_stride, float *target, size_t target_stride) {
    size_t r = 0;
    // Two blocks at once fill whole lines of the cache.
    for (; r + 2 * SK_BLOCK <= rows; r += 2 * SK_BLOCK)
        SK(turned)(2 * SK_BLOCK, source + r * source_stride, columns, source_stride, target + r, target_stride);
    if (r < rows && rows >= SK_BLOCK) {
        if (r + SK_BLOCK <= rows) {
            SK(turned)(SK_BLOCK, source + r * source_stride, columns, source_stride, target + r, target_stride);
            r += SK_BLOCK;
        }
        if (r == rows) return;
        r = rows - SK_BLOCK;
        SK(turned)(SK_BLOCK, source + r * source_stride, columns, source_stride, target + r, target_stride);
        return;
    }
    for (; r + 4 <= rows; r += 4)
        SK(turned)(4, source + r * source_stride, columns, source_stride, target + r, target_stride);
    for (; r < rows; r++)
        for (size_t c = 0; c < columns; c++) target[c * target_stride + r] = source[r * source_stride + c];
}

#undef SK_BLOCK
#undef SK_TURN
#undef SK_INLINE
#undef SK_LOAD
#undef vec

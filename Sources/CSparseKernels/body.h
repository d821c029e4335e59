// The kernels for one instruction set. No include guard: it is compiled once for each, and forgets at its end what
// `kernels.c` defines for it.

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

// In every lane; taking off 0 leaves every value as it is, −0 too.
SK_INLINE vec SK(all)(float value) { return value - (vec){0}; }

SK_INLINE size_t SK(column)(const struct sk_matrix *m, int is_narrow, size_t place) {
    return is_narrow ? m->narrow[place] : m->wide[place];
}

// Numbers of vectors, with `tail` of one more of which only `mask` is there, and of rows are constants wherever these are
// inlined.
#define SK_LOAD(p, v) ((v) < vectors ? *(const vec *)((p) + (v) * SK_WIDTH) : SK_LOAD_PART((p) + (v) * SK_WIDTH, mask))

SK_INLINE void SK(step)(
    const int vectors, const int tail, SK_MASK mask, const int is_narrow, const struct sk_matrix *m, size_t place,
    const float *b, size_t b_stride, vec *sums) {
    const float *p = b + SK(column)(m, is_narrow, place) * b_stride;
    vec weight = SK(all)(m->values[place]);
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors + tail; v++) sums[v] = SK_FUSED(weight, SK_LOAD(p, v), sums[v]);
}

// Several rows at once, so that enough sums are under way where one row has few.
SK_INLINE void SK(rows)(
    const int rows, const int vectors, const int tail, SK_MASK mask, const int is_narrow, const struct sk_matrix *m,
    size_t row, const float *b, size_t b_stride, float *y, size_t y_stride, const struct sk_finish *finish) {
    const uint32_t *starts = m->starts + row;
    vec sums[4][8];
    size_t common = starts[1] - starts[0];
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
        size_t count = starts[r + 1] - starts[r];
        common = count < common ? count : common;
        if (finish->carries) {
            const float *from = y + r * y_stride;
#pragma clang loop unroll(full)
            for (int v = 0; v < vectors + tail; v++) sums[r][v] = SK_LOAD(from, v);
        } else {
#pragma clang loop unroll(full)
            for (int v = 0; v < vectors + tail; v++) sums[r][v] = SK(all)(finish->bias ? finish->bias[row + r] : 0.0f);
        }
    }
    for (size_t i = 0; i < common; i++)
#pragma clang loop unroll(full)
        for (int r = 0; r < rows; r++)
            SK(step)(vectors, tail, mask, is_narrow, m, starts[r] + i, b, b_stride, sums[r]);
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
        if (rows > 1)
            for (size_t place = starts[r] + common; place < starts[r + 1]; place++)
                SK(step)(vectors, tail, mask, is_narrow, m, place, b, b_stride, sums[r]);
        float *to = y + r * y_stride;
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) *(vec *)(to + v * SK_WIDTH) = SK(bounds)(sums[r][v], finish);
        if (tail) SK_STORE_PART(to + vectors * SK_WIDTH, mask, SK(bounds)(sums[r][vectors], finish));
    }
}

#if SK_WIDTH == 4
// Columns that do not fill a vector, where a part of one cannot be read.
SK_INLINE void SK(rest)(
    size_t count, const int is_narrow, const struct sk_matrix *m, size_t start, size_t end, const float *b,
    size_t b_stride, float *y, float bias, const struct sk_finish *finish) {
    float sums[SK_WIDTH];
    for (size_t c = 0; c < count; c++) sums[c] = finish->carries ? y[c] : bias;
    for (size_t place = start; place < end; place++) {
        const float *p = b + SK(column)(m, is_narrow, place) * b_stride;
        for (size_t c = 0; c < count; c++) sums[c] = SK_FUSED(m->values[place], p[c], sums[c]);
    }
    for (size_t c = 0; c < count; c++) y[c] = SK(bound)(sums[c], finish);
}
#endif

SK_INLINE void SK(strips)(
    const int is_narrow, const struct sk_matrix *m, size_t first, size_t last, const float *b, size_t b_stride,
    size_t count, float *y, size_t y_stride, const struct sk_finish *finish) {
#define SK_TOGETHER(n) ((n) == 1 ? 4 : (n) <= 3 ? 2 : 1)
#define SK_STRIP(n, tail, mask)                                                                                       \
    {                                                                                                                 \
        const int together = SK_TOGETHER(n + tail);                                                                   \
        size_t r = first;                                                                                             \
        for (; r + together <= last; r += together)                                                                   \
            SK(rows)(                                                                                                 \
                together, n, tail, mask, is_narrow, m, r, b, b_stride, y + (r - first) * y_stride, y_stride, finish); \
        for (; together > 1 && r < last; r++)                                                                         \
            SK(rows)(1, n, tail, mask, is_narrow, m, r, b, b_stride, y + (r - first) * y_stride, y_stride, finish);   \
        b += n * SK_WIDTH, y += n * SK_WIDTH, count -= n * SK_WIDTH;                                                  \
    }
#define SK_CASE(n)                                                                                                    \
    case 2 * n: SK_STRIP(n, 0, (SK_MASK){0}) return;                                                                  \
    case 2 * n + 1: SK_STRIP(n, 1, SK_PART(count % SK_WIDTH)) return;
    while (count >= 8 * SK_WIDTH) SK_STRIP(8, 0, (SK_MASK){0})
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
#undef SK_TOGETHER
#undef SK_STRIP
#undef SK_CASE
}

SK_TARGET static void SK(columns)(
    const struct sk_matrix *m, size_t first, size_t last, const float *b, size_t b_stride, size_t count, float *y,
    size_t y_stride, const struct sk_finish *finish) {
    // Copies, which nothing that is written can change.
    const struct sk_matrix matrix = *m;
    const struct sk_finish end = *finish;
    if (m->narrow) SK(strips)(1, &matrix, first, last, b, b_stride, count, y, y_stride, &end);
    else SK(strips)(0, &matrix, first, last, b, b_stride, count, y, y_stride, &end);
}

// Four scattered floats. Instructions that gather are slower than this, or no faster, on most processors.
SK_INLINE SK(quad) SK(gather)(const struct sk_matrix *m, int is_narrow, size_t place, const float *x) {
    if (!is_narrow) {
        const uint32_t *at = m->wide + place;
        return (SK(quad)){x[at[0]], x[at[1]], x[at[2]], x[at[3]]};
    }
    uint64_t at;
    memcpy(&at, m->narrow + place, sizeof at);
    return (SK(quad)){x[at & 0xffff], x[at >> 16 & 0xffff], x[at >> 32 & 0xffff], x[at >> 48]};
}

SK_INLINE void SK(products)(
    const int is_narrow, const struct sk_matrix *m, size_t first, size_t last, const float *x, float *y,
    const struct sk_finish *finish) {
    for (size_t r = first; r < last; r++) {
        size_t place = m->starts[r];
        const size_t end = m->starts[r + 1];
        SK(quad) sums[4] = {{0}};
        for (; place + 16 <= end; place += 16)
#pragma clang loop unroll(full)
            for (size_t k = 0; k < 4; k++)
                sums[k] += *(const SK(quad) *)(m->values + place + 4 * k)
                    * SK(gather)(m, is_narrow, place + 4 * k, x);
        for (size_t k = 0; place + 4 <= end; place += 4, k++)
            sums[k] += *(const SK(quad) *)(m->values + place) * SK(gather)(m, is_narrow, place, x);
        float rest = finish->bias ? finish->bias[r] : 0;
        for (; place < end; place++) rest += m->values[place] * x[SK(column)(m, is_narrow, place)];
        SK(quad) all = (sums[0] + sums[1]) + (sums[2] + sums[3]);
        y[r] = SK(bound)((all[0] + all[2]) + (all[1] + all[3]) + rest, finish);
    }
}

SK_TARGET static void SK(vector)(
    const struct sk_matrix *m, size_t first, size_t last, const float *x, float *y, const struct sk_finish *finish) {
    const struct sk_matrix matrix = *m;
    const struct sk_finish end = *finish;
    if (m->narrow) SK(products)(1, &matrix, first, last, x, y, &end);
    else SK(products)(0, &matrix, first, last, x, y, &end);
}

SK_TARGET static void SK(scatter)(
    const struct sk_list *list, const float *x, float *y, const struct sk_finish *finish) {
    if (finish->bias) memcpy(y, finish->bias, list->rows * sizeof(float));
    else memset(y, 0, list->rows * sizeof(float));
    for (size_t i = 0; i < list->count; i++) y[list->row[i]] += list->values[i] * x[list->column[i]];
    for (size_t r = 0; r < list->rows; r++) y[r] = SK(bound)(y[r], finish);
}

SK_TARGET static void SK(slices)(
    const struct sk_sliced *matrix, const float *x, float *y, const struct sk_finish *finish) {
    const struct sk_sliced m = *matrix;
    const struct sk_finish end = *finish;
    const uint16_t *counts = m.counts;
    const float *values = m.values;
    const uint8_t *places = m.places;
    for (size_t r = 0; r < m.rows; r += SK_SLICE) {
        const size_t height = m.rows - r < SK_SLICE ? m.rows - r : SK_SLICE;
#if SK_WIDTH == SK_SLICE
        const SK_MASK rows = (SK_MASK)((1u << height) - 1);
        vec sums = end.bias ? SK_LOAD_PART(end.bias + r, rows) : (vec){0};
        for (size_t c = 0; c < m.columns; c += SK_SEGMENT) {
            const size_t width = m.columns - c < SK_SEGMENT ? m.columns - c : SK_SEGMENT;
            const SK_MASK first = SK_PART(width < SK_WIDTH ? width : SK_WIDTH);
            const SK_MASK second = SK_PART(width < SK_WIDTH ? 0 : width - SK_WIDTH);
            const vec low = SK_LOAD_PART(x + c, first), high = SK_LOAD_PART(x + c + SK_WIDTH, second);
            for (size_t count = *counts++; count; count--)
#pragma clang loop unroll(full)
                for (int line = 0; line < 2; line++, values += SK_SLICE, places += SK_SLICE) {
                    const __m128i at = _mm_loadu_si128((const __m128i *)places);
                    const vec factors = _mm512_maskz_permutex2var_ps(
                        _mm_movepi8_mask(at), low, _mm512_cvtepu8_epi32(at), high);
                    sums = SK_FUSED(*(const vec *)values, factors, sums);
                }
        }
        SK_STORE_PART(y + r, rows, SK(bounds)(sums, &end));
#else
        float sums[SK_SLICE] = {0};
        for (size_t k = 0; k < height && end.bias; k++) sums[k] = end.bias[r + k];
        for (size_t c = 0; c < m.columns; c += SK_SEGMENT)
            for (size_t count = 2 * *counts++; count; count--, values += SK_SLICE, places += SK_SLICE)
                for (size_t k = 0; k < height; k++)
                    if (places[k]) sums[k] += values[k] * x[c + (places[k] & 127)];
        for (size_t k = 0; k < height; k++) y[r + k] = SK(bound)(sums[k], &end);
#endif
    }
}

// Four by four in registers, of lines that begin anywhere.
SK_INLINE void SK(square)(const float *const *source, float *const *target) {
    SK(quad) a = *(const SK(quad) *)source[0], b = *(const SK(quad) *)source[1];
    SK(quad) c = *(const SK(quad) *)source[2], d = *(const SK(quad) *)source[3];
    SK(quad) ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
    SK(quad) ef = __builtin_shufflevector(a, b, 2, 6, 3, 7), gh = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    *(SK(quad) *)target[0] = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
    *(SK(quad) *)target[1] = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
    *(SK(quad) *)target[2] = __builtin_shufflevector(ef, gh, 0, 1, 4, 5);
    *(SK(quad) *)target[3] = __builtin_shufflevector(ef, gh, 2, 3, 6, 7);
}

#if SK_WIDTH >= 8
// Eight by eight: quads are laid side by side as they are read.
SK_INLINE void SK(octet)(const float *const *source, float *const *target) {
    __m256 row[8];
#pragma clang loop unroll(full)
    for (int half = 0; half < 2; half++)
#pragma clang loop unroll(full)
        for (int r = 0; r < 4; r++)
            row[half * 4 + r] = _mm256_insertf128_ps(
                _mm256_castps128_ps256(_mm_loadu_ps(source[r] + half * 4)), _mm_loadu_ps(source[r + 4] + half * 4), 1);
#pragma clang loop unroll(full)
    for (int half = 0; half < 2; half++) {
        __m256 *x = row + half * 4;
        __m256 a = _mm256_unpacklo_ps(x[0], x[1]), b = _mm256_unpackhi_ps(x[0], x[1]);
        __m256 c = _mm256_unpacklo_ps(x[2], x[3]), d = _mm256_unpackhi_ps(x[2], x[3]);
        _mm256_storeu_ps(target[half * 4], _mm256_shuffle_ps(a, c, 0x44));
        _mm256_storeu_ps(target[half * 4 + 1], _mm256_shuffle_ps(a, c, 0xee));
        _mm256_storeu_ps(target[half * 4 + 2], _mm256_shuffle_ps(b, d, 0x44));
        _mm256_storeu_ps(target[half * 4 + 3], _mm256_shuffle_ps(b, d, 0xee));
    }
}
#define SK_BLOCK 8
#define SK_TURN SK(octet)
#else
#define SK_BLOCK 4
#define SK_TURN SK(square)
#endif

// A block of lines that lie at one distance.
SK_INLINE void SK(turn)(
    const int size, const float *source, size_t source_stride, float *target, size_t target_stride) {
    const float *from[SK_BLOCK];
    float *to[SK_BLOCK];
#pragma clang loop unroll(full)
    for (int k = 0; k < size; k++) from[k] = source + k * source_stride, to[k] = target + k * target_stride;
    if (size == 4) SK(square)(from, to);
    else SK_TURN(from, to);
}

// Some rows, block by block; what is left over at the end of a line is done again with its neighbours, or in quads.
SK_INLINE void SK(turned)(
    const int height, const float *source, size_t columns, size_t source_stride, float *target,
    size_t target_stride) {
    size_t c = 0;
    if (height >= SK_BLOCK && columns >= SK_BLOCK) {
        for (;;) {
#pragma clang loop unroll(full)
            for (int r = 0; r < height; r += SK_BLOCK)
                SK(turn)(
                    SK_BLOCK, source + r * source_stride + c, source_stride, target + c * target_stride + r,
                    target_stride);
            c += SK_BLOCK;
            if (c == columns) return;
            if (c + SK_BLOCK > columns) c = columns - SK_BLOCK;
        }
    }
    for (; c + 4 <= columns; c += 4)
        for (int r = 0; r < height; r += 4)
            SK(turn)(4, source + r * source_stride + c, source_stride, target + c * target_stride + r, target_stride);
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

SK_TARGET static void SK(to_lanes)(
    const float *const *sources, size_t count, float *target, size_t target_stride) {
    static const float zeros[SK_BLOCK];
    for (size_t c = 0; c + SK_BLOCK <= count;) {
        for (int lane = 0; lane < SK_LANES; lane += SK_BLOCK) {
            const float *from[SK_BLOCK];
            float *to[SK_BLOCK];
#pragma clang loop unroll(full)
            for (int k = 0; k < SK_BLOCK; k++) {
                const float *source = sources[lane + k];
                from[k] = source ? source + c : zeros;
                to[k] = target + (c + k) * target_stride + lane;
            }
            SK_TURN(from, to);
        }
        c += SK_BLOCK;
        // What is left over is done again with its neighbours.
        if (c < count && c + SK_BLOCK > count) c = count - SK_BLOCK;
    }
    for (size_t c = 0; c < count && count < SK_BLOCK; c++)
        for (int lane = 0; lane < SK_LANES; lane++)
            target[c * target_stride + lane] = sources[lane] ? sources[lane][c] : 0;
}

SK_TARGET static void SK(from_lanes)(
    const float *source, size_t count, size_t source_stride, float *const *targets) {
    float nowhere[SK_BLOCK];
    for (size_t c = 0; c + SK_BLOCK <= count;) {
        for (int lane = 0; lane < SK_LANES; lane += SK_BLOCK) {
            const float *from[SK_BLOCK];
            float *to[SK_BLOCK];
#pragma clang loop unroll(full)
            for (int k = 0; k < SK_BLOCK; k++) {
                float *place = targets[lane + k];
                to[k] = place ? place + c : nowhere;
                from[k] = source + (c + k) * source_stride + lane;
            }
            SK_TURN(from, to);
        }
        c += SK_BLOCK;
        if (c < count && c + SK_BLOCK > count) c = count - SK_BLOCK;
    }
    for (size_t c = 0; c < count && count < SK_BLOCK; c++)
        for (int lane = 0; lane < SK_LANES; lane++)
            if (targets[lane]) targets[lane][c] = source[c * source_stride + lane];
}

#undef SK_BLOCK
#undef SK_TURN
#undef SK_INLINE
#undef SK_LOAD
#undef vec
#undef SK
#undef SK_TARGET
#undef SK_WIDTH
#undef SK_FUSED
#undef SK_MIN
#undef SK_MAX
#undef SK_CHOOSE
#undef SK_MASK
#undef SK_PART
#undef SK_LOAD_PART
#undef SK_STORE_PART

// The loops, compiled once for each instruction set: VK(name) names the copy, VK_TARGET says the set, VK_HALVED the
// same for loops that are faster in halves of the widest vectors. No include guard.

VK_TARGET static void VK(bias_clamp)(
    float *values, const float *bias, size_t rows, size_t columns, size_t stride, float low, float high) {
    for (size_t row = 0; row < rows; row++) {
        float *restrict x = values + row * stride;
        if (bias) {
            for (size_t c = 0; c < columns; c++) {
                float sum = x[c] + bias[c];
                sum = sum < low ? low : sum;
                x[c] = sum > high ? high : sum;
            }
        } else {
            for (size_t c = 0; c < columns; c++) {
                float sum = x[c] < low ? low : x[c];
                x[c] = sum > high ? high : sum;
            }
        }
    }
}

// The result may lie where an operand does, which the compiler cannot rule out; so a vector's worth is computed before
// any of it is written.
#define VK_EACH(count, value)                                                                                         \
    size_t i = 0;                                                                                                     \
    for (; i + 16 <= (count); i += 16) {                                                                              \
        float block[16];                                                                                              \
        for (size_t j = 0; j < 16; j++) block[j] = value(i + j);                                                      \
        for (size_t j = 0; j < 16; j++) out[i + j] = block[j];                                                        \
    }                                                                                                                 \
    for (; i < (count); i++) out[i] = value(i);

VK_TARGET static inline __attribute__((always_inline)) float VK(bounded)(float x, float low, float high) {
    x = x < low ? low : x;
    return x > high ? high : x;
}

VK_TARGET static void VK(add)(const float *a, const float *b, float *out, size_t count, float low, float high) {
#define VK_VALUE(i) VK(bounded)(a[i] + b[i], low, high)
    VK_EACH(count, VK_VALUE)
#undef VK_VALUE
}

VK_TARGET static void VK(multiply)(const float *a, const float *b, float *out, size_t count) {
#define VK_VALUE(i) (a[i] * b[i])
    VK_EACH(count, VK_VALUE)
#undef VK_VALUE
}

VK_TARGET static void VK(affine)(const float *a, const float *scale, const float *shift, float *out, size_t count) {
#define VK_VALUE(i) (a[i] * scale[i] + shift[i])
    VK_EACH(count, VK_VALUE)
#undef VK_VALUE
}
#undef VK_EACH

VK_TARGET static void VK(maximum)(const float *a, float *out, size_t count) {
    for (size_t i = 0; i < count; i++) out[i] = a[i] > out[i] ? a[i] : out[i];
}

// e^x for x from −87 to 88: 2^n · e^r with r within half of log 2, and a polynomial for e^r (Cephes, expf).
VK_TARGET static inline __attribute__((always_inline)) float VK(exponential)(float x) {
    x = x < -87.0f ? -87.0f : x;
    x = x > 88.0f ? 88.0f : x;
    // Adding and taking off 1.5 · 2^23 rounds to an integer.
    float n = x * 1.44269504f + 12582912.0f - 12582912.0f;
    float r = x - n * 0.693359375f + n * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    union { int i; float f; } scale = { ((int)n + 127) << 23 };
    return p * scale.f;
}

VK_TARGET static void VK(sigmoid)(float *restrict x, size_t count) {
    for (size_t i = 0; i < count; i++) x[i] = 1.0f / (1.0f + VK(exponential)(-x[i]));
}

VK_TARGET static void VK(silu)(float *restrict x, size_t count) {
    for (size_t i = 0; i < count; i++) x[i] = x[i] / (1.0f + VK(exponential)(-x[i]));
}

// A polynomial near zero, where the quotient would lose digits (Cephes, tanhf).
VK_TARGET static inline __attribute__((always_inline)) float VK(tangent)(float v) {
    float a = v < 0 ? -v : v, s = v * v;
    float p = -5.70498872745e-3f;
    p = p * s + 2.06390887954e-2f;
    p = p * s - 5.37397155531e-2f;
    p = p * s + 1.33314422036e-1f;
    p = p * s - 3.33332819422e-1f;
    float near = p * s * v + v;
    float far = 1.0f - 2.0f / (VK(exponential)(2.0f * a) + 1.0f);
    far = v < 0 ? -far : far;
    return a < 0.625f ? near : far;
}

VK_TARGET static void VK(tanh)(float *restrict x, size_t count) {
    for (size_t i = 0; i < count; i++) x[i] = VK(tangent)(x[i]);
}

// Numerator and denominator of the same: 1 where there is no quotient. Beyond 14 the quotient is 1 to the last bit.
VK_TARGET static inline __attribute__((always_inline)) float VK(tangent_parts)(float v, float *denominator) {
    float s = v * v;
    float p = -5.70498872745e-3f;
    p = p * s + 2.06390887954e-2f;
    p = p * s - 5.37397155531e-2f;
    p = p * s + 1.33314422036e-1f;
    p = p * s - 3.33332819422e-1f;
    float near = p * s * v + v;
    float power = VK(exponential)(2.0f * VK(bounded)(v, -14.0f, 14.0f));
    int is_near = (v < 0 ? -v : v) < 0.625f;
    *denominator = is_near ? 1.0f : power + 1.0f;
    return is_near ? near : power - 1.0f;
}

// Quotients of products, since dividing takes longest. No product overflows: a power of 28 is below 2 · 10^12.
VK_TARGET static void VK(lstm)(const float *restrict gates, float *restrict cell, float *restrict state, size_t units) {
    for (size_t u = 0; u < units; u++) {
        float in = 1.0f + VK(exponential)(-VK(bounded)(gates[u], -28.0f, 28.0f));
        float forget = 1.0f + VK(exponential)(-gates[units + u]);
        float out = 1.0f + VK(exponential)(-VK(bounded)(gates[3 * units + u], -28.0f, 28.0f));
        float denominator;
        float numerator = VK(tangent_parts)(gates[2 * units + u], &denominator);
        float next = cell[u] / forget + numerator / (in * denominator);
        cell[u] = next;
        numerator = VK(tangent_parts)(next, &denominator);
        state[u] = numerator / (out * denominator);
    }
}

// Sixteen sums side by side, in every copy alike.
VK_TARGET static float VK(exponentials)(float *restrict x, size_t count, float top) {
    float sums[16] = { 0 };
    size_t i = 0;
    for (; i + 16 <= count; i += 16)
        for (size_t k = 0; k < 16; k++) {
            float power = VK(exponential)(x[i + k] - top);
            x[i + k] = power;
            sums[k] += power;
        }
    for (size_t k = 0; i < count; i++, k++) {
        float power = VK(exponential)(x[i] - top);
        x[i] = power;
        sums[k] += power;
    }
    for (size_t width = 8; width > 0; width /= 2)
        for (size_t k = 0; k < width; k++) sums[k] += sums[k + width];
    return sums[0];
}

// Sums for a vector of channels from `c` on, which stay in registers over all taps: of four neighbouring columns, which
// share the weights, and of one column and those of its taps that lie within the input.
#define VK_DEPTHWISE(four, one, type)                                                                                 \
    VK_TARGET static inline __attribute__((always_inline)) void VK(four)(                                             \
        const struct vk_depthwise *shape, const float *const *sources, const float *const *kernels,                   \
        const float *bias, float *to, ptrdiff_t start, size_t c) {                                                    \
        const ptrdiff_t channels = (ptrdiff_t)shape->channels, step = shape->stride * channels;                       \
        type sum0 = bias ? *(const type *)(bias + c) : (type){ 0 };                                                   \
        type sum1 = sum0, sum2 = sum0, sum3 = sum0;                                                                   \
        for (size_t line = 0; line < shape->lines; line++) {                                                          \
            const float *x = sources[line] + start * channels + c;                                                    \
            const float *w = kernels[line] + c;                                                                       \
            for (ptrdiff_t tap = 0; tap < shape->taps; tap++, x += shape->dilation * channels, w += channels) {       \
                type weight = *(const type *)w;                                                                       \
                sum0 += *(const type *)x * weight;                                                                    \
                sum1 += *(const type *)(x + step) * weight;                                                           \
                sum2 += *(const type *)(x + 2 * step) * weight;                                                       \
                sum3 += *(const type *)(x + 3 * step) * weight;                                                       \
            }                                                                                                         \
        }                                                                                                             \
        *(type *)(to + c) = sum0;                                                                                     \
        *(type *)(to + channels + c) = sum1;                                                                          \
        *(type *)(to + 2 * channels + c) = sum2;                                                                      \
        *(type *)(to + 3 * channels + c) = sum3;                                                                      \
    }                                                                                                                 \
    VK_TARGET static inline __attribute__((always_inline)) void VK(one)(                                              \
        const struct vk_depthwise *shape, const float *const *sources, const float *const *kernels,                   \
        const float *bias, float *to, ptrdiff_t start, ptrdiff_t first, ptrdiff_t last, size_t c) {                   \
        const ptrdiff_t channels = (ptrdiff_t)shape->channels;                                                        \
        type sum = bias ? *(const type *)(bias + c) : (type){ 0 };                                                    \
        for (size_t line = 0; line < shape->lines; line++)                                                            \
            for (ptrdiff_t tap = first; tap < last; tap++)                                                            \
                sum += *(const type *)(sources[line] + (start + tap * shape->dilation) * channels + c)                \
                    * *(const type *)(kernels[line] + tap * channels + c);                                            \
        *(type *)(to + c) = sum;                                                                                      \
    }
VK_DEPTHWISE(depthwise_four, depthwise_one, vk_floats)
VK_DEPTHWISE(depthwise_four_octets, depthwise_one_octet, vk_octet)
VK_DEPTHWISE(depthwise_four_quads, depthwise_one_quad, vk_quad)
VK_DEPTHWISE(depthwise_four_single, depthwise_one_single, vk_single)
#undef VK_DEPTHWISE

// All channels in vectors as wide as they fill. What is left over at the end is done again with its neighbours, which
// gives them the same values.
#define VK_CHANNELS(wide, octets, quads, single, ...)                                                                 \
    {                                                                                                                 \
        const size_t count = shape->channels;                                                                         \
        if (count >= 16) {                                                                                            \
            for (size_t c = 0; c + 16 <= count; c += 16) wide(__VA_ARGS__, c);                                        \
            if (count % 16 > 8) wide(__VA_ARGS__, count - 16);                                                        \
            else if (count % 16) octets(__VA_ARGS__, count - 8);                                                      \
        } else if (count >= 8) {                                                                                      \
            octets(__VA_ARGS__, 0);                                                                                   \
            if (count > 8) octets(__VA_ARGS__, count - 8);                                                            \
        } else if (count >= 4) {                                                                                      \
            quads(__VA_ARGS__, 0);                                                                                    \
            if (count > 4) quads(__VA_ARGS__, count - 4);                                                             \
        } else {                                                                                                      \
            for (size_t c = 0; c < count; c++) single(__VA_ARGS__, c);                                                \
        }                                                                                                             \
    }

VK_HALVED static void VK(depthwise_row)(
    const struct vk_depthwise *shape, const float *const *sources, const float *const *kernels, const float *bias,
    float *out, float low, float high) {
    const ptrdiff_t channels = (ptrdiff_t)shape->channels;
    const ptrdiff_t reach = (shape->taps - 1) * shape->dilation;
    ptrdiff_t column = 0;
    while (column < shape->output) {
        ptrdiff_t start = column * shape->stride - shape->before;
        float *to = out + column * channels;
        if (column + 4 <= shape->output && start >= 0 && start + 3 * shape->stride + reach < shape->input) {
            VK_CHANNELS(
                VK(depthwise_four), VK(depthwise_four_octets), VK(depthwise_four_quads), VK(depthwise_four_single),
                shape, sources, kernels, bias, to, start)
            column += 4;
        } else {
            ptrdiff_t first = 0, last = shape->taps;
            while (first < last && start + first * shape->dilation < 0) first++;
            while (last > first && start + (last - 1) * shape->dilation >= shape->input) last--;
            VK_CHANNELS(
                VK(depthwise_one), VK(depthwise_one_octet), VK(depthwise_one_quad), VK(depthwise_one_single),
                shape, sources, kernels, bias, to, start, first, last)
            column += 1;
        }
    }
    VK(bias_clamp)(out, 0, 1, (size_t)(shape->output * channels), 0, low, high);
}
#undef VK_CHANNELS

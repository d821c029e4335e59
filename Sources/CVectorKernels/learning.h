// Loops of trainings, in the same way as `body.h`, whose functions they use.

// log x for x that is positive and not denormal (Cephes, logf).
VK_TARGET static inline __attribute__((always_inline)) float VK(logarithm)(float x) {
    union { float f; int i; } bits = { x };
    int exponent = (bits.i >> 23) - 126;
    bits.i = (bits.i & 0x007fffff) | 0x3f000000;
    int is_small = bits.f < 0.707106781f;
    float e = (float)(exponent - is_small);
    float m = (is_small ? bits.f + bits.f : bits.f) - 1.0f, s = m * m;
    float p = 7.0376836292e-2f;
    p = p * m - 1.1514610310e-1f;
    p = p * m + 1.1676998740e-1f;
    p = p * m - 1.2420140846e-1f;
    p = p * m + 1.4249322787e-1f;
    p = p * m - 1.6668057665e-1f;
    p = p * m + 2.0000714765e-1f;
    p = p * m - 2.4999993993e-1f;
    p = p * m + 3.3333331174e-1f;
    p = p * m * s - 2.12194440e-4f * e - 0.5f * s;
    return m + p + 0.693359375f * e;
}

// A bijection of 32 bits that leaves no pattern (Wellons 2018, lowbias32).
VK_TARGET static inline __attribute__((always_inline)) unsigned VK(mixed)(unsigned x) {
    x = (x ^ (x >> 16)) * 0x21f0aaadu;
    x = (x ^ (x >> 15)) * 0xd35a2d97u;
    return x ^ (x >> 15);
}

// One of 2^23 numbers within (0, 1), which floats hold exactly, by a counter and a seed.
VK_TARGET static inline __attribute__((always_inline)) float VK(uniform)(unsigned counter, unsigned low, unsigned high) {
    unsigned bits = VK(mixed)(VK(mixed)(counter * 0x9e3779b9u + low) ^ high);
    return ((float)(int)(bits >> 9) + 0.5f) * 0x1p-23f;
}

// Cosine and sine of 2πu for u within (0, 1): quarter turns apart, polynomials for the rest (Cephes, sinf and cosf).
VK_TARGET static inline __attribute__((always_inline)) float VK(turn)(float u, float *sine) {
    float quarters = u * 4.0f + 12582912.0f - 12582912.0f;
    int q = (int)quarters;
    float r = (u - quarters * 0.25f) * 6.28318531f, s = r * r;
    float sin = ((-1.9515295891e-4f * s + 8.3321608736e-3f) * s - 1.6666654611e-1f) * s * r + r;
    float cos = ((2.443315711809948e-5f * s - 1.388731625493765e-3f) * s + 4.166664568298827e-2f) * s * s - 0.5f * s + 1.0f;
    float a = q & 1 ? cos : sin, b = q & 1 ? sin : cos;
    *sine = q & 2 ? -a : a;
    return (q + 1) & 2 ? -b : b;
}

// Two numbers from each two (Box and Muller 1958).
VK_TARGET static void VK(normals)(float *restrict out, size_t count, unsigned low, unsigned high) {
    size_t half = count / 2;
    for (size_t i = 0; i < half; i++) {
        float radius = __builtin_elementwise_sqrt(-2.0f * VK(logarithm)(VK(uniform)(2 * (unsigned)i, low, high))), sine;
        out[i] = radius * VK(turn)(VK(uniform)(2 * (unsigned)i + 1, low, high), &sine);
        out[half + i] = radius * sine;
    }
    if (count & 1) {
        float sine, radius = __builtin_elementwise_sqrt(-2.0f * VK(logarithm)(VK(uniform)(2 * (unsigned)half, low, high)));
        out[count - 1] = radius * VK(turn)(VK(uniform)(2 * (unsigned)half + 1, low, high), &sine);
    }
}

VK_TARGET static void VK(powers)(const float *restrict x, float *restrict out, size_t count) {
    for (size_t i = 0; i < count; i++) out[i] = VK(exponential)(x[i]);
}

VK_TARGET static double VK(variational)(
    const float *restrict mean, const float *restrict log_variance, float *restrict mean_gradient,
    float *restrict variance_gradient, size_t count, float factor) {
    const float k1 = 0.63576f, k2 = 1.87320f, k3 = 1.48695f;
    float sums[16] = { 0 };
    for (size_t i = 0; i < count; i += 16) {
        size_t width = count - i < 16 ? count - i : 16;
        for (size_t j = 0; j < width; j++) {
            float m = mean[i + j], v = log_variance[i + j];
            float square = m * m + 1e-8f;
            float free = v - VK(logarithm)(square);
            float log_alpha = VK(bounded)(free, -8.0f, 8.0f);
            float gate = 1.0f / (1.0f + VK(exponential)(-k2 - k3 * log_alpha));
            float noise = VK(exponential)(-log_alpha);
            sums[j] += k1 * (1.0f - gate) + 0.5f * VK(logarithm)(1.0f + noise);
            float slope = -k1 * k3 * gate * (1.0f - gate) - 0.5f * noise / (1.0f + noise);
            slope = free == log_alpha ? slope * factor : 0.0f;
            mean_gradient[i + j] -= slope * 2.0f * m / square;
            variance_gradient[i + j] = variance_gradient[i + j] * VK(exponential)(v) + slope;
        }
    }
    double sum = 0;
    for (size_t j = 0; j < 16; j++) sum += sums[j];
    return sum;
}

VK_TARGET static void VK(gates)(
    const float *restrict log_alpha, float *restrict gate, float *restrict slope, size_t count, unsigned low,
    unsigned high) {
    for (size_t i = 0; i < count; i++) {
        float u = VK(uniform)((unsigned)i, low, high);
        float logit = VK(logarithm)(u) - VK(logarithm)(1.0f - u) + log_alpha[i];
        float concrete = 1.0f / (1.0f + VK(exponential)(-1.5f * logit));
        float stretched = concrete * 1.2f - 0.1f;
        gate[i] = VK(bounded)(stretched, 0.0f, 1.0f);
        slope[i] = stretched > 0 && stretched < 1 ? 1.8f * concrete * (1.0f - concrete) : 0.0f;
    }
}

// P(gate ≠ 0) = σ(log α − β log(−γ/ζ)), where β log(−γ/ζ) = −1.5986.
VK_TARGET static double VK(gate_norm)(
    const float *restrict log_alpha, const float *restrict slope, const float *restrict sizes, float *restrict gradient,
    size_t count, float factor) {
    float sums[16] = { 0 };
    for (size_t i = 0; i < count; i += 16) {
        size_t width = count - i < 16 ? count - i : 16;
        for (size_t j = 0; j < width; j++) {
            float open = 1.0f / (1.0f + VK(exponential)(-1.59859685f - log_alpha[i + j]));
            sums[j] += sizes[i + j] * open;
            gradient[i + j] =
                gradient[i + j] * slope[i + j] + factor * sizes[i + j] * open * (1.0f - open);
        }
    }
    double sum = 0;
    for (size_t j = 0; j < 16; j++) sum += sums[j];
    return sum;
}

VK_TARGET static void VK(adam)(
    const struct vk_adam *step, const float *restrict gradient, float *restrict values, float *restrict first,
    float *restrict second, size_t count) {
    float beta1 = step->beta1, beta2 = step->beta2, fresh1 = 1 - beta1, fresh2 = 1 - beta2;
    float rate = step->rate, spread = step->spread, epsilon = step->epsilon;
    for (size_t i = 0; i < count; i++) {
        float mean = beta1 * first[i] + fresh1 * gradient[i];
        float square = beta2 * second[i] + fresh2 * (gradient[i] * gradient[i]);
        first[i] = mean;
        second[i] = square;
        values[i] -= rate * mean / (__builtin_elementwise_sqrt(square) * spread + epsilon);
    }
}

VK_TARGET static void VK(momentum)(
    const float *restrict gradient, float *restrict values, float *restrict velocity, size_t count, float momentum,
    float rate, int is_nesterov) {
    if (is_nesterov) {
        for (size_t i = 0; i < count; i++) {
            velocity[i] = momentum * velocity[i] + gradient[i];
            values[i] -= rate * (gradient[i] + momentum * velocity[i]);
        }
    } else {
        for (size_t i = 0; i < count; i++) {
            velocity[i] = momentum * velocity[i] + gradient[i];
            values[i] -= rate * velocity[i];
        }
    }
}

// The largest element under each window, and where it lies; the first of those that are equal.
VK_TARGET static void VK(largest)(
    const float *restrict source, const int *restrict windows, size_t places, size_t taps, size_t channels,
    float *restrict target, int *restrict choices) {
    for (size_t place = 0; place < places; place++, windows += taps, target += channels, choices += channels) {
        size_t tap = 0;
        while (tap < taps && windows[tap] < 0) tap++;
        if (tap == taps) {
            for (size_t i = 0; i < channels; i++) { target[i] = 0.0f; choices[i] = -1; }
            continue;
        }
        const float *from = source + (size_t)windows[tap] * channels;
        int first = windows[tap] * (int)channels;
        for (size_t i = 0; i < channels; i++) { target[i] = from[i]; choices[i] = first + (int)i; }
        for (tap++; tap < taps; tap++) {
            if (windows[tap] < 0) continue;
            from = source + (size_t)windows[tap] * channels;
            first = windows[tap] * (int)channels;
            for (size_t i = 0; i < channels; i++) {
                int is_greater = target[i] < from[i];
                choices[i] = is_greater ? first + (int)i : choices[i];
                target[i] = is_greater ? from[i] : target[i];
            }
        }
    }
}

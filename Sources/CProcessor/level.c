#include "processor.h"

#include <stdatomic.h>
#include <stdlib.h>

static int level_of_processor(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")
        && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("fma"))
        return PROCESSOR_AVX512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return PROCESSOR_AVX2;
#endif
    return PROCESSOR_BASELINE;
}

int processor_best_level(void) {
    int level = level_of_processor();
    const char *bound = getenv("SPARSIFY_CPU_LEVEL");
    return bound && *bound >= '0' && *bound < '0' + level ? *bound - '0' : level;
}

static atomic_int chosen = -1;

int processor_level(void) {
    int level = atomic_load_explicit(&chosen, memory_order_relaxed);
    if (level < 0) {
        level = processor_best_level();
        atomic_store_explicit(&chosen, level, memory_order_relaxed);
    }
    return level;
}

void processor_set_level(int level) {
    int best = processor_best_level();
    atomic_store_explicit(&chosen, level < 0 ? 0 : level > best ? best : level, memory_order_relaxed);
}

// The processor that this runs on: which instructions it has, and on which of its cores threads run.
#ifndef PROCESSOR_H
#define PROCESSOR_H

/// Instruction sets, weakest first.
enum processor_level { PROCESSOR_BASELINE = 0, PROCESSOR_AVX2 = 1, PROCESSOR_AVX512 = 2 };

/// The best level that there is. For tests: no more than the environment variable SPARSIFY_CPU_LEVEL says (0, 1 or 2).
int processor_best_level(void);
/// The level in use.
int processor_level(void);
/// For tests: uses a level, at most the best there is. Not to be called while kernels run.
void processor_set_level(int level);

/// Calls that copy of a function which is compiled for the level in use: `name_baseline`, `name_avx2` or `name_avx512`.
#if defined(__x86_64__)
#define PROCESSOR_DISPATCH(name, ...)                                                                                 \
    switch (processor_level()) {                                                                                      \
    case PROCESSOR_AVX512: return name##_avx512(__VA_ARGS__);                                                         \
    case PROCESSOR_AVX2: return name##_avx2(__VA_ARGS__);                                                             \
    default: return name##_baseline(__VA_ARGS__);                                                                     \
    }
#else
#define PROCESSOR_DISPATCH(name, ...) return name##_baseline(__VA_ARGS__);
#endif

/// Tells the processor that a loop waits for another thread.
static inline void processor_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/// The number of the core that the calling thread runs on; −1 where the system does not say.
int processor_core(void);

/// Moves the calling thread to another core and keeps it off this one, where the process may run on others and the
/// system lets threads be placed; else does nothing.
void processor_avoid_core(int core);

#endif

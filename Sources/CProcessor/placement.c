#define _GNU_SOURCE
#include "processor.h"

#if defined(__linux__)
#include <sched.h>
#include <unistd.h>

int processor_core(void) { return sched_getcpu(); }

void processor_avoid_core(int core) {
    cpu_set_t cores;
    // Those of the first thread: the calling one may have been moved before.
    if (core < 0 || core >= CPU_SETSIZE || sched_getaffinity(getpid(), sizeof cores, &cores) != 0) return;
    CPU_CLR(core, &cores);
    if (CPU_COUNT(&cores) > 0) sched_setaffinity(0, sizeof cores, &cores);
}
#else
int processor_core(void) { return -1; }
void processor_avoid_core(int core) { (void)core; }
#endif

/* Clocks that jump: the time of day to and fro by years, the monotonic one forwards by hours. */
#define _GNU_SOURCE
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static _Atomic unsigned long calls;
static _Atomic long ahead;

int clock_gettime(clockid_t id, struct timespec *at)
{
    int result = syscall(SYS_clock_gettime, id, at);
    unsigned long number = atomic_fetch_add(&calls, 1);
    if (id == CLOCK_REALTIME)
        at->tv_sec += (number % 3 == 0 ? -1 : 1) * (long)(number * 7919 % 1000000000);
    else if (id == CLOCK_MONOTONIC)
        at->tv_sec += number % 5 == 4 ? atomic_fetch_add(&ahead, 3600) + 3600 : atomic_load(&ahead);
    return result;
}

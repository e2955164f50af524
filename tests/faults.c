/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "faults.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct fault {
    long calls;
    int after, times, error;
} faults[FAULTS];

void fault_set(int call, int after, int times, int error) {
    faults[call].after = after;
    faults[call].times = times;
    faults[call].error = error;
}

long fault_calls(int call) {
    return faults[call].calls;
}

void fault_clear(void) {
    memset(faults, 0, sizeof faults);
}

static int fails(int call) {
    struct fault *fault = &faults[call];
    fault->calls++;
    if (fault->times == 0 || fault->after-- > 0)
        return 0;
    fault->after = 0;
    fault->times--;
    errno = fault->error;
    return 1;
}

int __real_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return fails(FAULT_OPEN) ? -1 : __real_open64(path, flags, mode);
}

/* What takes the arguments of the real one. */
#define WRAP(call, result, name, parameters, arguments)                                            \
    result __real_##name parameters;                                                               \
    result __wrap_##name parameters;                                                               \
    result __wrap_##name parameters {                                                              \
        return fails(call) ? -1 : __real_##name arguments;                                         \
    }

WRAP(FAULT_FSTAT, int, fstat64, (int file, struct stat64 *facts), (file, facts))
WRAP(FAULT_FLOCK, int, flock, (int file, int operation), (file, operation))
WRAP(FAULT_READ, ssize_t, pread64, (int file, void *bytes, size_t length, off64_t offset),
     (file, bytes, length, offset))
WRAP(FAULT_TRUNCATE, int, ftruncate64, (int file, off64_t length), (file, length))
WRAP(FAULT_DATASYNC, int, fdatasync, (int file), (file))
WRAP(FAULT_SYNC, int, fsync, (int file), (file))

ssize_t __real_pwrite64(int file, const void *bytes, size_t length, off64_t offset);
ssize_t __wrap_pwrite64(int file, const void *bytes, size_t length, off64_t offset);
ssize_t __wrap_pwrite64(int file, const void *bytes, size_t length, off64_t offset) {
    if (fails(FAULT_WRITE))
        return errno == 0 ? 0 : -1;
    return __real_pwrite64(file, bytes, length, offset);
}

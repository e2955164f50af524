/* SPDX-License-Identifier: Apache-2.0 */
/* Preloaded before the C library: counts the calls by which a file changes or becomes durable, and
 * at one of them kills the process or lets it fail. Armed by the program (crash_arm) or, for
 * programs that know nothing of it, by CRASH_AT, CRASH_MODE and CRASH_FILE in the environment. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum mode {
    KILL_BEFORE,
    KILL_AFTER,
    KILL_HALFWAY,
    FAIL_NOSPC,
    FAIL_IO,
    FAIL_HALFWAY,
    FAIL_FOREVER
};

static long at = -1; /* number of the call, from 0; -1: only count */
static long mode;
static long calls;
static size_t kept;   /* bytes of a write that is torn */
static int torn_one;  /* such a write was seen */
static long unsynced; /* bytes written since the last call that makes them durable */

void crash_arm(long call, long how, size_t bytes) {
    at = call;
    mode = how;
    kept = bytes;
    calls = 0;
    torn_one = 0;
}

long crash_calls(void) {
    return calls;
}

__attribute__((constructor)) static void arm_by_environment(void) {
    const char *call = getenv("CRASH_AT"), *how = getenv("CRASH_MODE");
    if (call && how)
        crash_arm(atol(call), atol(how), 20);
}

long crash_unsynced(void) {
    return unsynced;
}

static void *next(const char *name) {
    return dlsym(RTLD_NEXT, name);
}

/* Files only: the programs here write their reports into pipes. */
static int counts(int file) {
    char link[64], path[512];
    const char *only = getenv("CRASH_FILE");
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0 || path[0] != '/' || strncmp(path, "/dev/pts", 8) == 0 ||
        strncmp(path, "/dev/null", 9) == 0)
        return 0;
    path[length] = 0;
    return !only || strstr(path, only) != NULL;
}

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

static int fail(int error) {
    errno = error;
    return 1;
}

/* Is this the call? Then what is to be done: 0 go on, 1 fail. */
static int reached(void) {
    long call = calls++;
    if (at < 0 || call < at)
        return 0;
    if (call > at)
        return mode == FAIL_FOREVER || (mode == FAIL_HALFWAY && call == at + 1 && torn_one)
                   ? fail(ENOSPC)
                   : 0;
    if (mode == KILL_BEFORE)
        die();
    return mode >= FAIL_NOSPC ? fail(mode == FAIL_IO ? EIO : ENOSPC) : 0;
}

static void after(void) {
    if (at >= 0 && calls - 1 == at && mode == KILL_AFTER)
        die();
}

/* A call that is not a write. */
#define PASS(name, parameters, arguments, file)                                                    \
    int name parameters {                                                                          \
        int(*real) parameters = (int(*) parameters)next(#name);                                    \
        if (!counts(file))                                                                         \
            return real arguments;                                                                 \
        if (reached())                                                                             \
            return -1;                                                                             \
        int result = real arguments;                                                               \
        if (result == 0 && #name[0] == 'f' && #name[1] != 't')                                     \
            unsynced = 0;                                                                          \
        after();                                                                                   \
        return result;                                                                             \
    }

PASS(fsync, (int file), (file), file)
PASS(fdatasync, (int file), (file), file)
PASS(ftruncate, (int file, off_t length), (file, length), file)
PASS(ftruncate64, (int file, off64_t length), (file, length), file)

int rename(const char *from, const char *to) {
    int (*real)(const char *, const char *) = (int (*)(const char *, const char *))next("rename");
    if (reached())
        return -1;
    int result = real(from, to);
    after();
    return result;
}

/* A write may be torn too: then part of it reaches the file. */
static int torn(size_t length) {
    return at >= 0 && calls - 1 == at && (mode == KILL_HALFWAY || mode == FAIL_HALFWAY) &&
           length > 0;
}

#define WRITE(name, parameters, arguments, part)                                                   \
    ssize_t name parameters {                                                                      \
        ssize_t(*real) parameters = (ssize_t(*) parameters)next(#name);                            \
        if (!counts(file))                                                                         \
            return real arguments;                                                                 \
        int fails = reached();                                                                     \
        if (torn(length)) {                                                                        \
            size_t most = kept < length ? kept : length - 1;                                       \
            torn_one = 1;                                                                          \
            if (real part < 0 || mode == KILL_HALFWAY)                                             \
                die();                                                                             \
            return (ssize_t)most; /* the rest fails at the next call */                            \
        }                                                                                          \
        if (fails)                                                                                 \
            return -1;                                                                             \
        ssize_t result = real arguments;                                                           \
        unsynced += result > 0 ? result : 0;                                                       \
        after();                                                                                   \
        return result;                                                                             \
    }

WRITE(write, (int file, const void *bytes, size_t length), (file, bytes, length),
      (file, bytes, most))
WRITE(pwrite, (int file, const void *bytes, size_t length, off_t offset),
      (file, bytes, length, offset), (file, bytes, most, offset))
WRITE(pwrite64, (int file, const void *bytes, size_t length, off64_t offset),
      (file, bytes, length, offset), (file, bytes, most, offset))

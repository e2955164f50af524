/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_WORKER_H
#define BENCH_WORKER_H
/* What the benches' workers share: whatever goes wrong ends them with a message. */
#include <linas/linas.h>

#include <stdio.h>
#include <stdlib.h>

static inline void die(const char *what) {
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

static inline void must(linas_context *context, linas_status status) {
    if (status != LINAS_OK)
        die(linas_context_message(context));
}

/* Zeros, at least one. */
static inline void *room(size_t count, size_t bytes) {
    void *memory = calloc(count ? count : 1, bytes);
    if (!memory)
        die("out of memory");
    return memory;
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FASHION_OPTIONS_H
#define FASHION_OPTIONS_H
/* What the command line says. */
#include "train.h"

#include <linas/linas.h>

typedef struct tactic {
    const char *name;
    int32_t code;
} tactic;
enum { TACTICS = 3 };
extern const tactic tactics[TACTICS];

typedef struct demo_options {
    const char *data;
    const char *cache;
    const char *output;
    const char *journal;
    const char *table; /* file to write, or NULL */
    int32_t tactic;    /* -1: not given */
    uint64_t seed;
    uint64_t evaluations;
    int threads;
    int compare;
    int quick;
    int help;
    train_options train;
} demo_options;

/* 0 on success, else a message on stderr. */
int options_read(demo_options *o, int count, char **words);
void options_help(void);

#endif

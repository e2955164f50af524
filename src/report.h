/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LINAS_COMMAND_REPORT_H
#define LINAS_COMMAND_REPORT_H
/* What the sections of the report share. */
#include <linas/linas.h>
#include <stdio.h>

enum { MOST_RUNS = 64 };

/* One journal. */
typedef struct run {
    const char *path;
    linas_search *search;
    linas_evaluation *all;
    size_t count;
} run;

typedef struct report {
    FILE *out;
    linas_context *context;
    run runs[MOST_RUNS];
    size_t run_count;
    size_t objectives;
    double *reference; /* turned so that less is better; common to all runs */
} report;

/* Name and unit of an objective; freed by the caller. */
char *label_of(const report *r, size_t index);

/* The sections about predictors, one an objective that was predicted. */
void write_predictors(const report *r);

#endif

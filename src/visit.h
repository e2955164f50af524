/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LINAS_COMMAND_VISIT_H
#define LINAS_COMMAND_VISIT_H
/* A short stay in a journal that others visit too: its lock is waited for, and what is proposed and
 * has no answer is taken out of the search, for somebody else has it. */
#include "commands.h"
#include "description.h"
#include "protocol.h"

/* What is asked of a visit. */
typedef struct visit_options {
    const char *journal;
    double wait;              /* seconds */
    const linas_space *space; /* with `given`; begins a journal that is not there yet */
    const description *given; /* NULL: the journal's own */
    const char *evaluations;  /* another budget than the journal's, or NULL */
    bool asks;                /* for `wanted` new candidates */
    uint32_t wanted;
} visit_options;

typedef struct visit {
    linas_context *context;
    linas_search *reader; /* owns the space */
    linas_search *search;
    description description;
    protocol protocol;
    uint64_t budget;
    uint64_t proposed; /* before the visit: ids below are out or answered */
    uint64_t *ids;     /* handed out in this visit: what was out, then new ones */
    int32_t *genomes;
    size_t count;
} visit;

/* Reads --wait. */
int visit_wait(const char *text, double *seconds);
int visit_open(linas_context *context, const visit_options *options, visit *v);
/* Makes the visit's changes durable and gives the lock back. */
int visit_close(visit *v);

#endif

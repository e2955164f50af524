/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LINAS_COMMAND_DEVICES_H
#define LINAS_COMMAND_DEVICES_H
/* One evaluator program or several, each a device. Of several, one that dies is taken out and its
 * sub-networks go to the others, and a reference sub-network tells how far their measures differ.
 */
#include "evaluator_process.h"

typedef struct devices devices;

typedef struct devices_options {
    evaluator_options evaluator; /* of each; its command is left out */
    const text_list *commands;   /* at most CHILDREN_MAX */
    size_t jobs;                 /* requests that a device may have */
    double limit;                /* by which ratios may differ from 1 */
    const bool *calibrated;      /* for each objective: are its values divided by the ratio? */
    const char *record;          /* file of which device measured what, or NULL */
    bool append;                 /* to that file */
} devices_options;

/* Starts the commands; of several, one at least must start. */
int devices_start(const devices_options *options, devices **started);
void devices_stop(devices *d, bool in_peace);
void devices_free(devices *d);

size_t devices_count(const devices *d);
/* How many more requests may be handed over. */
size_t devices_places(const devices *d);
size_t devices_outstanding(const devices *d);
/* As evaluator_send(). */
void devices_send(devices *d, uint64_t id, const int32_t *genome, const double *known);
/* As evaluator_next(), but waits for a moment. A failure status means that no device is left. */
int devices_next(devices *d, evaluator_answer *answer, bool *answered);

/* Before the first request: measures a sub-network on every device, for the ratios of their
 * measures. The answer is that of the first device that could measure it, whose ratios are 1; none
 * is given when `stopped` said so. */
int devices_compare(devices *d, uint64_t id, const int32_t *genome, bool (*stopped)(void),
                    evaluator_answer *answer, bool *answered);
/* When no more will be tried: a warning if there are no ratios, or a failure if they are needed. */
int devices_check_compared(const devices *d);
bool devices_are_compared(const devices *d);
/* A line for each device: what it measured, its ratios, how it ended. */
void devices_print(const devices *d);

#endif

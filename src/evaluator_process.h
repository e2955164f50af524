/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LINAS_COMMAND_EVALUATOR_PROCESS_H
#define LINAS_COMMAND_EVALUATOR_PROCESS_H
/* A program that measures sub-networks, spoken to in JSON lines (docs/command.md). It may die, hang
 * or write rubbish: that fails an evaluation, never the search, unless it keeps dying. */
#include "options.h"

#include <poll.h>

typedef struct evaluator evaluator;

typedef struct evaluator_options {
    const char *command;
    double timeout; /* seconds of silence that end it */
    const linas_space *space;
    const linas_objective *objectives;
    size_t objective_count;
    linas_context *context;
} evaluator_options;

/* Starts the command; says so when it cannot be started. `options`' pointers must outlive it. */
int evaluator_start(const evaluator_options *options, evaluator **started);
/* Closes its input, so that several may end at the same time. */
void evaluator_dismiss(evaluator *evaluator);
/* Ends the command: by closing its input when there is time, else by signals to its group. */
void evaluator_end(evaluator *evaluator, bool in_peace);

/* Hands over a request; it is answered exactly once. `known` are the objectives' values that need
 * not be measured, NaN for the others: an answer without them has NaN in their place. */
int evaluator_send(evaluator *evaluator, uint64_t id, const int32_t *genome, const double *known);
size_t evaluator_outstanding(const evaluator *evaluator);

/* An answer; valid until the next call. */
typedef struct evaluator_answer {
    uint64_t id;
    const double *values; /* one per objective; NULL when the evaluation failed */
    int32_t outcome;      /* LINAS_EVALUATION_... */
    const char *reason;   /* of a failure */
    bool lost;            /* the command ended without an answer */
} evaluator_answer;

/* An answer that is there: `*answered` is false when there is none. A failure status means that the
 * command cannot be kept alive. Call it at least as often as evaluator_poll() says. */
int evaluator_next(evaluator *evaluator, evaluator_answer *answer, bool *answered);
/* What a poll() must watch before evaluator_next() can do more, and for how many milliseconds (a
 * fifth of a second at most). */
int evaluator_poll(evaluator *evaluator, struct pollfd ends[2]);

#endif

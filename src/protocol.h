/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LINAS_COMMAND_PROTOCOL_H
#define LINAS_COMMAND_PROTOCOL_H
/* The JSON lines that the command and those who measure exchange (docs/command.md). */
#include "support.h"

#include <jansson.h>
#include <linas/linas.h>

/* What the lines are about. */
typedef struct protocol {
    const linas_space *space;
    const linas_objective *objectives;
    size_t objective_count;
} protocol;

/* {"id":7,"genome":[0,2],"config":{...},"known":{...}} and a line end; NULL when the library has a
 * message on why not. `known`: NaN for what is to be measured. */
char *request_text(const protocol *p, uint64_t id, const int32_t *genome, const double *known);

/* What an answer's object says. */
typedef struct answer_parts {
    double *values;  /* one per objective; NULL: failed */
    int32_t outcome; /* LINAS_EVALUATION_... */
    char *reason;    /* of a failure, or of what is wrong with the answer */
} answer_parts;

/* Reads an answer; false when it says neither values nor a failure as it should. `known` as above:
 * what need not be in the answer, which then has NaN in its place. The caller frees the parts. */
bool answer_read(const protocol *p, const json_t *root, const double *known, answer_parts *parts);

#endif

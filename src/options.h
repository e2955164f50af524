/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LINAS_COMMAND_OPTIONS_H
#define LINAS_COMMAND_OPTIONS_H
/* Reading the command line: options, and the small notations in their values. */
#include "support.h"

#include <linas/linas.h>

typedef struct text_list {
    char **items;
    size_t count;
} text_list;

void text_list_add(text_list *list, const char *text);
void text_list_free(text_list *list);
/* The parts between commas; an empty part is an error that names `option`. */
int text_list_split(text_list *list, const char *option, const char *text);
/* Words as a shell would part them: blanks, '...', "..." and backslashes; nothing else is special.
 */
int text_list_words(text_list *list, const char *option, const char *text);

/* One option: exactly one of the pointers says where its value goes. */
typedef struct option_rule {
    const char *name;   /* "--seed" */
    const char **value; /* may be given once */
    text_list *list;    /* may be repeated */
    bool *flag;         /* takes no value */
} option_rule;

/* Reads all arguments; words that are no options go to `*operand` (at most one; NULL: none is
 * allowed). */
int options_read(int count, char **arguments, const option_rule *rules, size_t rule_count,
                 const char **operand);

/* A whole number from `least` to `most`; an absent option (NULL text) leaves `*number`. */
int option_number(const char *option, const char *text, uint64_t least, uint64_t most,
                  uint64_t *number);
int option_number32(const char *option, const char *text, uint32_t least, uint32_t *number);

/* NAME:max|min[:UNIT], each into an objective that owns its texts. */
int objectives_read(const text_list *texts, linas_objective **objectives);
void objectives_free(linas_objective *objectives, size_t count);

/* NAME<=X or NAME>=X. */
typedef struct limit {
    char *name;
    bool upper;
    double bound;
} limit;
int limits_read(const text_list *texts, limit **limits);
void limits_free(limit *limits, size_t count);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LINAS_COMMAND_DESCRIPTION_H
#define LINAS_COMMAND_DESCRIPTION_H
/* What a search is, apart from its space: objectives and options, from the command line or from the
 * first line of a journal. */
#include "options.h"

/* The command line's part of it, in texts. */
typedef struct description_texts {
    const char *tactic;
    const char *evaluations;
    const char *batch;
    const char *population;
    const char *initial;
    const char *seed;
    const char *survival;
    text_list objectives;
    text_list limits;
} description_texts;

/* The options that fill it. */
enum { DESCRIPTION_RULES = 9 };
void description_rules(description_texts *texts, option_rule *rules);
void description_texts_free(description_texts *texts);

typedef struct description {
    linas_search_options options;
    linas_objective *objectives; /* own their texts */
    size_t objective_count;
} description;

int description_read(const description_texts *texts, description *read);
/* The same from a journal's first line, read by header_line(). */
int description_from_header(const char *journal, const char *line, description *read);
void description_free(description *read);

/* The first line of a journal, zero-terminated; NULL when there is no whole line. Freed by the
 * caller. */
char *header_line(const char *journal);

#endif

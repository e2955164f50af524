/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_SEARCH_SEARCH_H
#define LNS_SEARCH_SEARCH_H
/* The search object: what its files share. */
#include "io/journal.h"
#include "search/drift.h"
#include "search/front.h"
#include "search/goals.h"
#include "search/history.h"
#include "search/imported.h"
#include "search/tactic.h"
#include <linas/search.h>

#include <stdatomic.h>

/* What decides when a search ends, apart from its budget. */
typedef struct lns_stopping {
    uint64_t failed; /* not OK, in all */
    uint32_t failures_in_row;
    uint64_t without_gain; /* evaluations since `base` was reached */
    double base;           /* hypervolume that a gain is measured from */
} lns_stopping;

struct linas_search {
    linas_context *context;
    linas_space *space;
    lns_goals goals;
    linas_search_options options; /* no pointers are kept here but `progress` */
    linas_predictor **predictors; /* one per objective, NULL entries allowed */
    linas_predictor_quality *qualities;
    lns_history history;
    lns_imported imported;
    lns_front front;
    lns_watch watch;
    lns_problem problem;
    const lns_tactic *tactic;
    void *tactic_state;
    lns_journal *journal; /* NULL: none */
    bool read_only;
    bool busy;    /* inside a call that may call the host */
    bool used_up; /* the tactic has found nothing new */
    bool has_reference;
    double *reference; /* minimised */
    double *scratch;   /* 2 x objectives */
    double started;
    lns_stopping stopping;
    int32_t stop;
    atomic_int stop_requested;
};

/* Monotonic seconds, from anywhere; for budgets of time and reports only. */
double lns_seconds(void);

/* -- search.c ---------------------------------------------------------------------------------- */

/* A search without tactic and journal: space, checked objectives and options. */
linas_status lns_search_new(linas_context *context, const linas_space *space,
                            const linas_objective *objectives, size_t count,
                            const linas_search_options *options, linas_search **search);

/* -- answers.c --------------------------------------------------------------------------------- */

/* One answer on its way into the archive. `values` are the objectives' own. */
typedef struct lns_answer {
    uint64_t id;
    int32_t outcome;
    const char *reason; /* may be NULL */
    const double *values;
} lns_answer;

/* Records an answer; `write` puts it into the journal (replaying does not). All or nothing. */
linas_status lns_search_record(linas_search *search, const lns_answer *answer, bool write);
/* A failed attempt after which the sub-network is handed out again. */
linas_status lns_search_retry(linas_search *search, const lns_answer *answer);
bool lns_search_may_retry(const linas_search *search, const lns_answer *answer);
/* Puts a line into the journal, makes it durable, and frees the text. */
linas_status lns_search_write(linas_search *search, lns_text *line);
linas_status lns_search_commit(linas_search *search);
linas_status lns_search_fix_reference(linas_search *search, const double *minimised, bool write);
/* Is the search over, and why? Does not see what only the next proposal can tell. */
int32_t lns_search_over(const linas_search *search);
linas_status lns_search_measure(const linas_search *search, double *hypervolume);

/* -- import.c ---------------------------------------------------------------------------------- */

/* Rows on their way into the search: canonical genomes, and a value or NaN for every objective.
 * From the host they are `fresh`: what is computed is computed, and the journal gets a line. */
typedef struct lns_import_rows {
    size_t count;
    int32_t *genomes;
    double *values;
    bool fresh;
} lns_import_rows;

linas_status lns_search_take_over(linas_search *search, const lns_import_rows *rows);
/* What the import knows of a candidate that is to be measured: values, NaN among them, or NULL. */
const double *lns_search_known(const linas_search *search, size_t id);
/* loop.c: the computed ones among an evaluation's values. */
linas_status lns_search_compute(linas_search *search, const int32_t *genome, double *values);

/* -- drift.c ----------------------------------------------------------------------------------- */

/* False unless the reference sub-network is due. */
bool lns_search_hand_out_reference(linas_search *search, size_t *id);
/* An answer to that; `_remeasured` is the part that a replay does. */
linas_status lns_search_remeasure(linas_search *search, const lns_answer *answer);
void lns_search_remeasured(linas_search *search, const lns_answer *answer, uint64_t after);

/* -- replay.c ---------------------------------------------------------------------------------- */

/* Reads the journal's header; a whole journal may lack it if its writer died at once (then
 * `*empty`). The search that the header describes is made by _open, compared by _check. */
linas_status lns_replay_open(linas_context *context, lns_journal *journal, linas_search **search);
linas_status lns_replay(linas_search *search, bool *empty);

/* -- lines.c ----------------------------------------------------------------------------------- */

/* The lines of a journal as text; out of memory shows in text->failed. */
void lns_line_header(const linas_search *search, lns_text *text);
void lns_line_proposals(const linas_search *search, const int32_t *genomes, size_t count,
                        lns_text *text);
void lns_line_answer(const linas_search *search, const lns_answer *answer, lns_text *text);
void lns_line_attempt(const linas_search *search, const lns_answer *answer, lns_text *text);
void lns_line_remeasurement(const linas_search *search, const lns_answer *answer, lns_text *text);
/* The rows of `imported` that are marked. */
void lns_line_import(const linas_search *search, const lns_imported *imported, const bool *marked,
                     lns_text *text);
void lns_line_asynchronous(uint32_t outstanding, lns_text *text);
void lns_line_reference(const linas_search *search, const double *minimised, lns_text *text);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* From an answer to the archive: first everything that may fail (memory, the journal), then the
 * change, which cannot. */
#include "search/search.h"

#include <linas/pareto.h>
#include <math.h>
#include <string.h>

enum { REASON_BYTES = 1024 };

/* What an answer will have changed. */
typedef struct changes {
    lns_record record;
    bool front;         /* the front is offered a point */
    bool fixes;         /* the reference point follows from this answer */
    double *reference;  /* minimised; valid if the search has one or `fixes` */
    double hypervolume; /* only if the search looks for stagnation */
} changes;

/* -- hypervolume ------------------------------------------------------------------------------- */

static linas_status measure(const linas_search *search, const lns_members *members,
                            const double *reference, double *hypervolume) {
    return linas_hypervolume(search->context, members->points, members->count, search->goals.count,
                             reference, hypervolume);
}

linas_status lns_search_measure(const linas_search *search, double *hypervolume) {
    *hypervolume = 0.0;
    if (!search->has_reference || search->front.now.count == 0)
        return LINAS_OK;
    return measure(search, &search->front.now, search->reference, hypervolume);
}

/* -- the journal ------------------------------------------------------------------------------- */

/* The host's storage may call nothing of the search. */
linas_status lns_search_commit(linas_search *search) {
    search->busy = true;
    linas_status status = lns_journal_commit(search->journal);
    search->busy = false;
    return status;
}

static linas_status add_line(linas_search *search, const lns_text *line) {
    if (line->failed)
        return lns_no_memory(search->context);
    return lns_journal_add(search->journal, line->data, line->length);
}

linas_status lns_search_write(linas_search *search, lns_text *line) {
    linas_status status = add_line(search, line);
    lns_text_free(line);
    LNS_TRY(status);
    return lns_search_commit(search);
}

/* -- the reference point ----------------------------------------------------------------------- */

/* Will a batch be complete with one more answer, whatever the order of the answers? Where nobody
 * waits for batches: are there as many answers as the first batch is large? */
static bool completes(const linas_search *search) {
    const lns_history *history = &search->history;
    if (search->options.outstanding > 0)
        return history->count + 1 - history->imported >= history->first;
    return history->count + 1 == history->proposed;
}

/* Worst measured values, once a batch is complete and something was measured. */
static bool worst_values(const linas_search *search, const lns_answer *answer, double *worst) {
    const lns_history *history = &search->history;
    size_t m = search->goals.count;
    bool any = false;
    if (!completes(search))
        return false;
    for (size_t i = 0; i <= history->count; i++) {
        bool last = i == history->count;
        int32_t outcome = last ? answer->outcome : history->records[i].outcome;
        const double *values = last ? answer->values : history->values + i * m;
        for (size_t j = 0; j < m && outcome == LINAS_EVALUATION_OK; j++) {
            double value = values[j] * search->goals.goal[j].sign;
            worst[j] = any && worst[j] >= value ? worst[j] : value;
        }
        any = any || outcome == LINAS_EVALUATION_OK;
    }
    return any;
}

linas_status lns_search_fix_reference(linas_search *search, const double *minimised, bool write) {
    if (write && search->journal) {
        lns_text line;
        lns_text_init(&line, search->context);
        lns_line_reference(search, minimised, &line);
        LNS_TRY(lns_search_write(search, &line));
    }
    memmove(search->reference, minimised, search->goals.count * sizeof *minimised);
    search->has_reference = true;
    return LINAS_OK;
}

/* -- preparing --------------------------------------------------------------------------------- */

static linas_status copy_reason(linas_search *search, const char *reason, char **copy) {
    *copy = NULL;
    if (!reason || !reason[0])
        return LINAS_OK;
    size_t length = strlen(reason);
    if (length >= REASON_BYTES)
        length = REASON_BYTES - 1;
    *copy = lns_alloc(search->context, length + 1, 1);
    if (!*copy)
        return lns_no_memory(search->context);
    memcpy(*copy, reason, length);
    (*copy)[length] = '\0';
    return LINAS_OK;
}

static linas_status prepare_front(linas_search *search, const lns_answer *answer, changes *change) {
    double *point = search->scratch;
    change->front =
        answer->outcome == LINAS_EVALUATION_OK && lns_goals_within(&search->goals, answer->values);
    if (change->front)
        lns_goals_flip(&search->goals, answer->values, point);
    return lns_front_prepare(&search->front, change->front ? point : NULL, answer->id);
}

static linas_status prepare_reference(linas_search *search, const lns_answer *answer,
                                      changes *change) {
    double *worst = search->scratch + search->goals.count;
    change->fixes = !search->has_reference && worst_values(search, answer, worst);
    change->reference = change->fixes ? worst : search->reference;
    change->hypervolume = 0.0;
    if (search->options.stagnation == 0 || !(search->has_reference || change->fixes))
        return LINAS_OK;
    return measure(search, &search->front.next, change->reference, &change->hypervolume);
}

static linas_status write_answer(linas_search *search, const lns_answer *answer,
                                 const changes *change) {
    lns_text line;
    lns_text_init(&line, search->context);
    lns_line_answer(search, answer, &line);
    linas_status status = add_line(search, &line);
    line.length = 0;
    if (status == LINAS_OK && change->fixes) {
        lns_line_reference(search, change->reference, &line);
        status = add_line(search, &line);
    }
    lns_text_free(&line);
    if (status != LINAS_OK) {
        lns_journal_discard(search->journal);
        return status;
    }
    return lns_search_commit(search);
}

static linas_status prepare(linas_search *search, const lns_answer *answer, changes *change) {
    LNS_TRY(lns_history_prepare_answer(&search->history));
    LNS_TRY(prepare_front(search, answer, change));
    LNS_TRY(prepare_reference(search, answer, change));
    change->record.id = answer->id;
    change->record.outcome = answer->outcome;
    return copy_reason(search, answer->reason, &change->record.reason);
}

/* -- committing -------------------------------------------------------------------------------- */

static void count_failures(lns_stopping *stopping, int32_t outcome) {
    stopping->failed += outcome == LINAS_EVALUATION_OK ? 0 : 1;
    if (outcome == LINAS_EVALUATION_FAILED || outcome == LINAS_EVALUATION_TIMED_OUT)
        stopping->failures_in_row++;
    else if (outcome != LINAS_EVALUATION_CANCELLED)
        stopping->failures_in_row = 0;
}

static void watch_gain(linas_search *search, const changes *change) {
    lns_stopping *stopping = &search->stopping;
    if (search->options.stagnation == 0 || !search->has_reference)
        return;
    bool gained =
        change->hypervolume > stopping->base &&
        change->hypervolume - stopping->base > search->options.stagnation_gain * stopping->base;
    if (gained)
        stopping->base = change->hypervolume;
    stopping->without_gain = gained ? 0 : stopping->without_gain + 1;
}

static void commit(linas_search *search, const lns_answer *answer, const changes *change) {
    size_t m = search->goals.count;
    lns_history_commit_answer(&search->history, &change->record, answer->values);
    lns_front_commit(&search->front);
    if (change->fixes)
        memcpy(search->reference, change->reference, m * sizeof *change->reference);
    search->has_reference = search->has_reference || change->fixes;
    if (answer->outcome == LINAS_EVALUATION_OK && !search->watch.chosen)
        lns_search_remeasured(search, answer, 0);
    count_failures(&search->stopping, answer->outcome);
    watch_gain(search, change);
}

linas_status lns_search_record(linas_search *search, const lns_answer *answer, bool write) {
    changes change = {.record = {.reason = NULL}};
    linas_status status = prepare(search, answer, &change);
    lns_answer kept = *answer;
    kept.reason = change.record.reason;
    if (status == LINAS_OK && write && search->journal)
        status = write_answer(search, &kept, &change);
    if (status == LINAS_OK)
        commit(search, answer, &change);
    else
        lns_free(search->context, change.record.reason);
    return status;
}

/* -- another attempt --------------------------------------------------------------------------- */

bool lns_search_may_retry(const linas_search *search, const lns_answer *answer) {
    uint64_t tries = search->history.tries[answer->id];
    return (answer->outcome == LINAS_EVALUATION_FAILED ||
            answer->outcome == LINAS_EVALUATION_TIMED_OUT) &&
           tries + 1 < search->options.attempts;
}

linas_status lns_search_retry(linas_search *search, const lns_answer *answer) {
    if (search->journal) {
        lns_answer kept = *answer;
        char *reason;
        lns_text line;
        LNS_TRY(copy_reason(search, answer->reason, &reason));
        kept.reason = reason;
        lns_text_init(&line, search->context);
        lns_line_attempt(search, &kept, &line);
        lns_free(search->context, reason);
        LNS_TRY(lns_search_write(search, &line));
    }
    lns_history_again(&search->history, (size_t)answer->id);
    return LINAS_OK;
}

/* -- the end ----------------------------------------------------------------------------------- */

int32_t lns_search_over(const linas_search *search) {
    const linas_search_options *options = &search->options;
    const lns_stopping *stopping = &search->stopping;
    if (search->history.count - search->history.imported >= options->evaluations)
        return LINAS_STOP_EVALUATIONS;
    if (options->max_failures > 0 && stopping->failures_in_row >= options->max_failures)
        return LINAS_STOP_FAILURES;
    if (options->stagnation > 0 && stopping->without_gain >= options->stagnation)
        return LINAS_STOP_STAGNATION;
    if (options->seconds > 0.0 && lns_seconds() - search->started >= options->seconds)
        return LINAS_STOP_TIME;
    return LINAS_STOP_NONE;
}

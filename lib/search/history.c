/* SPDX-License-Identifier: Apache-2.0 */
/* What was proposed and answered. */
#include "search/history.h"

#include <math.h>
#include <string.h>

linas_status lns_history_init(lns_history *history, linas_context *context,
                              const linas_space *space, size_t objectives) {
    memset(history, 0, sizeof *history);
    history->context = context;
    history->space = space;
    history->variables = linas_space_variables(space);
    history->objectives = objectives;
    return lns_genome_set_create(space, &history->taken);
}

void lns_history_free(lns_history *history) {
    linas_context *context = history->context;
    if (!context)
        return;
    for (size_t i = 0; i < history->count; i++)
        lns_free(context, history->records[i].reason);
    lns_free(context, history->genomes);
    lns_free(context, history->place);
    lns_free(context, history->tries);
    lns_free(context, history->since);
    lns_free(context, history->records);
    lns_free(context, history->values);
    lns_genome_set_destroy(history->taken);
    memset(history, 0, sizeof *history);
}

const int32_t *lns_history_genome(const lns_history *history, size_t id) {
    return history->genomes + id * history->variables;
}

const double *lns_history_values(const lns_history *history, size_t id) {
    return history->values + history->place[id] * history->objectives;
}

bool lns_history_answered(const lns_history *history, size_t id) {
    return history->place[id] < LNS_AGAIN;
}

bool lns_history_is_out(const lns_history *history, size_t id) {
    return id < history->handed && history->place[id] == LNS_WAITING;
}

void lns_history_give_back(lns_history *history, size_t id) {
    if (!lns_history_is_out(history, id))
        return; /* a journal is replayed */
    history->place[id] = LNS_AGAIN;
    history->outstanding--;
    history->again++;
}

void lns_history_again(lns_history *history, size_t id) {
    history->tries[id]++;
    lns_history_give_back(history, id);
}

void lns_history_undo(lns_history *history, size_t handed, size_t id) {
    if (id < handed) {
        lns_history_give_back(history, id);
        return;
    }
    history->outstanding--;
    if (id < history->handed)
        history->handed = id;
}

static bool hand_out_again(lns_history *history, size_t *id) {
    for (size_t i = history->open; i < history->handed && history->again > 0; i++)
        if (history->place[i] == LNS_AGAIN) {
            history->place[i] = LNS_WAITING;
            history->again--;
            history->outstanding++;
            *id = i;
            return true;
        }
    return false;
}

bool lns_history_ok(const lns_history *history, size_t id) {
    return lns_history_answered(history, id) &&
           history->records[history->place[id]].outcome == LINAS_EVALUATION_OK;
}

bool lns_history_hand_out(lns_history *history, size_t *id) {
    if (hand_out_again(history, id))
        return true;
    /* After a resume some are answered already. */
    while (history->handed < history->proposed && lns_history_answered(history, history->handed))
        history->handed++;
    if (history->handed == history->proposed)
        return false;
    *id = history->handed++;
    history->outstanding++;
    return true;
}

bool lns_history_first_outstanding(const lns_history *history, size_t *id) {
    for (size_t i = history->open; i < history->handed; i++)
        if (lns_history_is_out(history, i)) {
            *id = i;
            return true;
        }
    return false;
}

size_t lns_history_list_pending(const lns_history *history, uint64_t *ids) {
    size_t count = 0;
    for (size_t id = history->open; id < history->proposed; id++)
        if (!lns_history_answered(history, id))
            ids[count++] = id;
    return count;
}

size_t lns_history_find(const lns_history *history, const int32_t *canonical, size_t start) {
    size_t bytes = history->variables * sizeof *canonical, count = history->proposed, id = start;
    while (id >= count || memcmp(lns_history_genome(history, id), canonical, bytes) != 0)
        id = id + 1 < count ? id + 1 : 0;
    return id;
}

/* -- batches ----------------------------------------------------------------------------------- */

linas_status lns_history_refresh(lns_history *history) {
    if (lns_genome_set_size(history->taken) == history->proposed)
        return LINAS_OK;
    lns_genome_set_clear(history->taken);
    for (size_t id = 0; id < history->proposed; id++) {
        bool added;
        LNS_TRY(lns_genome_set_add(history->taken, lns_history_genome(history, id), &added));
    }
    return LINAS_OK;
}

static linas_status take(lns_history *history, const int32_t *genomes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        bool added;
        LNS_TRY(lns_genome_set_add(history->taken, genomes + i * history->variables, &added));
        if (!added)
            return lns_fail(history->context, LINAS_ERROR_INTERNAL,
                            "a sub-network was proposed twice");
    }
    return LINAS_OK;
}

static linas_status reserve_genomes(lns_history *history, size_t count) {
    linas_context *context = history->context;
    size_t total = history->proposed + count;
    if (!lns_grow(context, &history->genomes, &history->genome_capacity, total * history->variables,
                  sizeof *history->genomes) ||
        !lns_grow(context, &history->place, &history->place_capacity, total,
                  sizeof *history->place) ||
        !lns_grow(context, &history->tries, &history->try_capacity, total,
                  sizeof *history->tries) ||
        !lns_grow(context, &history->since, &history->since_capacity, total,
                  sizeof *history->since))
        return lns_no_memory(context);
    return LINAS_OK;
}

static void add_genomes(lns_history *history, const int32_t *genomes, size_t count) {
    memcpy(history->genomes + history->proposed * history->variables, genomes,
           count * history->variables * sizeof *genomes);
    for (size_t i = 0; i < count; i++) {
        history->place[history->proposed + i] = LNS_WAITING;
        history->tries[history->proposed + i] = 0;
        history->since[history->proposed + i] = 0.0;
    }
    history->proposed += count;
}

linas_status lns_history_prepare_batch(lns_history *history, const int32_t *genomes, size_t count) {
    LNS_TRY(reserve_genomes(history, count));
    return take(history, genomes, count);
}

void lns_history_commit_batch(lns_history *history, const int32_t *genomes, size_t count) {
    history->first = history->batches == 0 ? count : history->first;
    add_genomes(history, genomes, count);
    history->batches++;
}

/* -- answers ----------------------------------------------------------------------------------- */

static linas_status reserve_answers(lns_history *history, size_t count) {
    linas_context *context = history->context;
    size_t total = history->count + count;
    if (!lns_grow(context, &history->records, &history->record_capacity, total,
                  sizeof *history->records) ||
        !lns_grow(context, &history->values, &history->value_capacity, total * history->objectives,
                  sizeof *history->values))
        return lns_no_memory(context);
    return LINAS_OK;
}

linas_status lns_history_prepare_answer(lns_history *history) {
    return reserve_answers(history, 1);
}

void lns_history_commit_answer(lns_history *history, const lns_record *record,
                               const double *values) {
    double *row = history->values + history->count * history->objectives;
    for (size_t i = 0; i < history->objectives; i++)
        row[i] = record->outcome == LINAS_EVALUATION_OK ? values[i] : (double)NAN;
    if (history->place[record->id] == LNS_AGAIN)
        history->again--;
    else if (record->id < history->handed)
        history->outstanding--;
    history->place[record->id] = history->count;
    history->records[history->count++] = *record;
    while (history->open < history->proposed && lns_history_answered(history, history->open))
        history->open++;
}

/* -- imports ----------------------------------------------------------------------------------- */

linas_status lns_history_prepare_imported(lns_history *history, const int32_t *genomes,
                                          size_t count) {
    LNS_TRY(reserve_genomes(history, count));
    LNS_TRY(reserve_answers(history, count));
    return take(history, genomes, count);
}

void lns_history_commit_imported(lns_history *history, const int32_t *genomes, const double *values,
                                 size_t count) {
    size_t first = history->proposed;
    if (count == 0)
        return; /* perhaps there is no memory yet to copy into */
    add_genomes(history, genomes, count);
    for (size_t i = 0; i < count; i++) {
        lns_record record = {first + i, NULL, LINAS_EVALUATION_OK};
        lns_history_commit_answer(history, &record, values + i * history->objectives);
    }
    history->imported += count;
    history->handed = history->proposed;
}

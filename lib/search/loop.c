/* SPDX-License-Identifier: Apache-2.0 */
/* The one loop: batches are proposed by the tactic, handed out, answered. An asynchronous search
 * proposes a batch when all that was proposed is handed out; any other, when all is answered. */
#include "search/crew.h"
#include "search/search.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static linas_status enter(linas_search *search) {
    if (!search)
        return LINAS_ERROR_INVALID_ARGUMENT;
    lns_clear(search->context);
    if (search->busy)
        return lns_fail(search->context, LINAS_ERROR_REENTRANT,
                        "called from inside a callback of the search");
    if (search->read_only)
        return lns_fail(search->context, LINAS_ERROR_WRONG_ORDER,
                        "a search that was opened for reading cannot go on");
    return LINAS_OK;
}

static bool is_remeasured(const linas_search *search, uint64_t id) {
    return search->watch.out && id == search->watch.id;
}

/* -- proposing --------------------------------------------------------------------------------- */

static bool is_callback_code(linas_status status) {
    return status > 0 || strcmp(linas_status_name(status), "LINAS_ERROR_UNKNOWN") == 0;
}

static linas_status write_proposals(linas_search *search, const lns_request *request) {
    if (!search->journal)
        return LINAS_OK;
    lns_text line;
    lns_text_init(&line, search->context);
    lns_line_proposals(search, request->genomes, request->found, &line);
    return lns_search_write(search, &line);
}

static linas_status take_batch(linas_search *search, const lns_request *request) {
    if (request->found == 0) {
        search->used_up = true;
        return LINAS_OK;
    }
    LNS_TRY(lns_history_prepare_batch(&search->history, request->genomes, request->found));
    LNS_TRY(write_proposals(search, request));
    lns_history_commit_batch(&search->history, request->genomes, request->found);
    return LINAS_OK;
}

static linas_status propose(linas_search *search, lns_request *request) {
    LNS_TRY(lns_history_refresh(&search->history));
    search->busy = true;
    linas_status status = search->tactic->propose(search->tactic_state, request);
    search->busy = false;
    if (status != LINAS_OK && is_callback_code(status))
        search->stop = LINAS_STOP_CALLBACK;
    LNS_TRY(status);
    return take_batch(search, request);
}

static uint64_t unproposed(const linas_search *search) {
    const lns_history *history = &search->history;
    return search->options.evaluations - (history->proposed - history->imported);
}

static linas_status next_batch(linas_search *search) {
    const lns_history *history = &search->history;
    linas_context *context = search->context;
    uint64_t left = unproposed(search), *pending;
    lns_request request = {.batch = history->batches};
    request.wanted = search->tactic->size(&search->problem, history->batches);
    if (request.wanted > left)
        request.wanted = (size_t)left;
    request.genomes =
        lns_alloc(context, request.wanted * history->variables, sizeof *request.genomes);
    pending = lns_alloc(context, history->proposed - history->count, sizeof *pending);
    linas_status status = LINAS_ERROR_NO_MEMORY;
    if (request.genomes && pending) {
        request.pending = pending;
        request.pending_count = lns_history_list_pending(history, pending);
        status = propose(search, &request);
    } else {
        lns_no_memory(context);
    }
    lns_free(context, request.genomes);
    lns_free(context, pending);
    return status;
}

static bool may_propose(const linas_search *search) {
    const lns_history *history = &search->history;
    if (search->options.outstanding == 0)
        return history->count == history->proposed;
    return unproposed(search) > 0 && !(search->used_up && history->count < history->proposed);
}

/* -- ask --------------------------------------------------------------------------------------- */

static bool ended(linas_search *search) {
    search->stop =
        atomic_load(&search->stop_requested) ? LINAS_STOP_REQUESTED : lns_search_over(search);
    return search->stop != LINAS_STOP_NONE;
}

static bool has_room(const linas_search *search) {
    uint32_t most = search->options.outstanding;
    return most == 0 || linas_search_outstanding(search) < most;
}

/* Notes when the id was handed out. */
static void note_time(linas_search *search, size_t id) {
    if (!(search->options.deadline > 0.0))
        return;
    double *since = is_remeasured(search, id) ? &search->watch.since : &search->history.since[id];
    *since = lns_seconds();
}

/* The next id to hand out; *found is false if the search has ended or answers are missing. */
static linas_status next_id(linas_search *search, size_t *id, bool *found) {
    lns_history *history = &search->history;
    *found = has_room(search) &&
             (lns_search_hand_out_reference(search, id) || lns_history_hand_out(history, id));
    if (!*found && has_room(search) && may_propose(search)) {
        LNS_TRY(next_batch(search));
        *found = lns_history_hand_out(history, id);
        if (!*found && history->count == history->proposed)
            search->stop = LINAS_STOP_EXHAUSTED;
    }
    if (*found)
        note_time(search, *id);
    return LINAS_OK;
}

/* What this call has handed out, when ids below `handed` were handed out before it. */
static void undo(linas_search *search, size_t handed, const uint64_t *ids, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (is_remeasured(search, ids[i]))
            search->watch.out = false;
        else
            lns_history_undo(&search->history, handed, (size_t)ids[i]);
}

static linas_status ask(linas_search *search, size_t capacity, uint64_t *ids, int32_t *genomes,
                        size_t *count) {
    size_t n = search->history.variables, handed = search->history.handed;
    while (*count < capacity) {
        size_t id;
        bool found;
        linas_status status = next_id(search, &id, &found);
        if (status != LINAS_OK) {
            undo(search, handed, ids, *count);
            *count = 0;
            return status;
        }
        if (!found)
            break;
        ids[*count] = id;
        memcpy(genomes + *count * n, lns_history_genome(&search->history, id), n * sizeof *genomes);
        ++*count;
    }
    return LINAS_OK;
}

/* -- tell -------------------------------------------------------------------------------------- */

/* Does an answer count that nobody waits for any more, or never did since a resume? One without
 * values was counted when the candidate was taken back. */
static bool is_late(const linas_search *search, uint64_t id, bool values) {
    const lns_history *history = &search->history;
    if (!(search->options.deadline > 0.0) && search->options.outstanding == 0)
        return false;
    return id < history->handed ? values : id < history->replayed;
}

static linas_status check_id(const linas_search *search, uint64_t id, bool values) {
    const lns_history *history = &search->history;
    if (is_remeasured(search, id))
        return LINAS_OK;
    if (id < history->proposed && !lns_history_answered(history, (size_t)id) &&
        (lns_history_is_out(history, (size_t)id) || is_late(search, id, values)))
        return LINAS_OK;
    if (id >= history->handed)
        return lns_fail(search->context, LINAS_ERROR_UNKNOWN_ID,
                        "candidate %llu was never handed out", (unsigned long long)id);
    if (lns_history_answered(history, (size_t)id))
        return lns_fail(search->context, LINAS_ERROR_UNKNOWN_ID,
                        "candidate %llu is answered already", (unsigned long long)id);
    return lns_fail(search->context, LINAS_ERROR_UNKNOWN_ID,
                    "candidate %llu was given back and not handed out since",
                    (unsigned long long)id);
}

linas_status lns_search_compute(linas_search *search, const int32_t *genome, double *values) {
    for (size_t i = 0; i < search->goals.count; i++) {
        const lns_goal *goal = &search->goals.goal[i];
        if (!goal->computed)
            continue;
        search->busy = true;
        int32_t code = goal->compute(goal->compute_data, genome, 1, &values[i]);
        search->busy = false;
        if (code != 0) {
            search->stop = LINAS_STOP_CALLBACK;
            return lns_fail(search->context, code, "the computed objective %s ended the call",
                            goal->name);
        }
    }
    return LINAS_OK;
}

/* A value that is no number fails the evaluation. Zeros lose their sign, as in the journal. */
static void check_values(const linas_search *search, lns_answer *answer, double *values,
                         lns_text *reason) {
    for (size_t i = 0; i < search->goals.count && answer->outcome == LINAS_EVALUATION_OK; i++) {
        if (values[i] == 0.0)
            values[i] = 0.0;
        if (isfinite(values[i]))
            continue;
        lns_text_string(reason, search->goals.goal[i].name);
        lns_text_string(reason, isnan(values[i]) ? " is not a number" : " is infinite");
        answer->outcome = LINAS_EVALUATION_FAILED;
        answer->reason = reason->failed ? "a value is not a number" : reason->data;
    }
}

/* `*evaluated`: it was the answer, not one to be tried again or a measurement of the reference. */
static linas_status record_values(linas_search *search, lns_answer *answer, double *values,
                                  bool *evaluated) {
    lns_text reason;
    lns_text_init(&reason, search->context);
    check_values(search, answer, values, &reason);
    linas_status status;
    *evaluated = false;
    if (is_remeasured(search, answer->id)) {
        status = lns_search_remeasure(search, answer);
    } else if (lns_search_may_retry(search, answer)) {
        status = lns_search_retry(search, answer);
    } else {
        status = lns_search_record(search, answer, true);
        *evaluated = true;
    }
    lns_text_free(&reason);
    return status;
}

static linas_status report(linas_search *search) {
    linas_progress progress;
    memset(&progress, 0, sizeof progress);
    if (!search->options.progress)
        return LINAS_OK;
    progress.size = (uint32_t)sizeof progress;
    progress.failed = (uint32_t)search->stopping.failed;
    progress.evaluations = search->history.count - search->history.imported;
    progress.budget = search->options.evaluations;
    progress.front_size = search->front.now.count;
    progress.iteration = search->history.batches;
    progress.seconds = lns_seconds() - search->started;
    progress.objectives = (uint32_t)search->goals.count;
    progress.qualities = search->qualities;
    /* The answer is recorded: a shortage of memory must not look as if it were not. */
    if (lns_search_measure(search, &progress.hypervolume) != LINAS_OK)
        progress.hypervolume = (double)NAN;
    search->busy = true;
    int32_t code = search->options.progress(search->options.progress_data, &progress);
    search->busy = false;
    if (code == 0)
        return LINAS_OK;
    search->stop = LINAS_STOP_CALLBACK;
    return lns_fail(search->context, code, "the progress callback ended the call");
}

/* The rest of every answer. */
static linas_status settle(linas_search *search, bool evaluated) {
    search->stop =
        atomic_load(&search->stop_requested) ? LINAS_STOP_REQUESTED : lns_search_over(search);
    if (evaluated)
        LNS_TRY(report(search));
    lns_clear(search->context);
    return LINAS_OK;
}

/* What was imported need not be measured again. */
static void use_known(const linas_search *search, size_t id, double *values) {
    const double *known = lns_search_known(search, id);
    for (size_t i = 0; known && i < search->goals.count; i++)
        values[i] = isnan(values[i]) ? known[i] : values[i];
}

linas_status lns_search_answer(linas_search *search, const lns_answer *given) {
    double values[LNS_MAX_OBJECTIVES];
    lns_answer answer = *given;
    if (answer.outcome == LINAS_EVALUATION_OK) {
        memcpy(values, given->values, search->goals.count * sizeof *values);
        answer.values = values;
        use_known(search, (size_t)answer.id, values);
        LNS_TRY(lns_search_compute(search, lns_history_genome(&search->history, (size_t)answer.id),
                                   values));
    }
    bool evaluated;
    LNS_TRY(record_values(search, &answer, values, &evaluated));
    return settle(search, evaluated);
}

linas_status linas_search_tell(linas_search *search, uint64_t id, const double *values,
                               size_t count) {
    LNS_TRY(enter(search));
    if (!values || count != search->goals.count)
        return lns_fail(search->context, LINAS_ERROR_INVALID_ARGUMENT,
                        "%zu values were given for %zu objectives", values ? count : 0,
                        search->goals.count);
    LNS_TRY(check_id(search, id, true));
    lns_answer answer = {.id = id, .outcome = LINAS_EVALUATION_OK, .values = values};
    return lns_search_answer(search, &answer);
}

linas_status linas_search_tell_failed(linas_search *search, uint64_t id, int32_t outcome,
                                      const char *reason) {
    LNS_TRY(enter(search));
    if (outcome <= LINAS_EVALUATION_OK || outcome > LINAS_EVALUATION_CANCELLED)
        return lns_fail(search->context, LINAS_ERROR_INVALID_ARGUMENT,
                        "outcome %d is none of a failure", (int)outcome);
    LNS_TRY(check_id(search, id, false));
    lns_answer answer = {.id = id, .outcome = outcome, .reason = reason};
    return lns_search_answer(search, &answer);
}

linas_status linas_search_give_back(linas_search *search, uint64_t id) {
    LNS_TRY(enter(search));
    if (is_remeasured(search, id)) {
        search->watch.out = false;
        return LINAS_OK;
    }
    if (id >= search->history.handed || !lns_history_is_out(&search->history, (size_t)id))
        return lns_fail(search->context, LINAS_ERROR_UNKNOWN_ID,
                        "candidate %llu is not outstanding", (unsigned long long)id);
    lns_history_give_back(&search->history, (size_t)id);
    return LINAS_OK;
}

/* -- deadlines --------------------------------------------------------------------------------- */

static linas_status take_back(linas_search *search, size_t id) {
    char reason[64];
    snprintf(reason, sizeof reason, "no answer within %g s", search->options.deadline);
    lns_answer answer = {.id = id, .outcome = LINAS_EVALUATION_TIMED_OUT, .reason = reason};
    return lns_search_answer(search, &answer);
}

/* Takes back what is out for too long. */
static linas_status keep_deadlines(linas_search *search) {
    lns_history *history = &search->history;
    if (!(search->options.deadline > 0.0) || linas_search_outstanding(search) == 0)
        return LINAS_OK;
    double oldest = lns_seconds() - search->options.deadline;
    if (search->watch.out && search->watch.since < oldest)
        LNS_TRY(take_back(search, search->watch.id));
    for (size_t id = history->open; id < history->handed; id++)
        if (lns_history_is_out(history, id) && history->since[id] < oldest)
            LNS_TRY(take_back(search, id));
    return LINAS_OK;
}

linas_status linas_search_ask(linas_search *search, size_t capacity, uint64_t *ids,
                              int32_t *genomes, size_t *count) {
    LNS_TRY(enter(search));
    if (!count || (capacity > 0 && (!ids || !genomes)))
        return lns_fail(search->context, LINAS_ERROR_INVALID_ARGUMENT, "an argument is NULL");
    *count = 0;
    LNS_TRY(keep_deadlines(search));
    return ended(search) ? LINAS_OK : ask(search, capacity, ids, genomes, count);
}

/* -- run --------------------------------------------------------------------------------------- */

enum { MOST_THREADS = 4096 };

static linas_status read_evaluator(linas_search *search, const linas_evaluator *given,
                                   linas_evaluator *evaluator) {
    linas_context *context = search->context;
    if (!given)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "`evaluator` is NULL");
    linas_evaluator_init(evaluator);
    LNS_TRY(lns_read_struct(context, given, evaluator, sizeof *evaluator, "linas_evaluator"));
    const char *why = NULL;
    if (!evaluator->evaluate)
        why = "`evaluate` is NULL";
    else if ((evaluator->flags & ~(uint32_t)LINAS_EVALUATOR_THREAD_SAFE) != 0)
        why = "there is no such flag in `flags`";
    else if (evaluator->threads > 1 && evaluator->flags == 0)
        why = "`threads` needs LINAS_EVALUATOR_THREAD_SAFE";
    else if (evaluator->threads > MOST_THREADS || evaluator->reserved != 0)
        why = "too many `threads`, or `reserved` is not 0";
    return why ? lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "linas_evaluator: %s", why)
               : LINAS_OK;
}

static linas_status evaluate(linas_search *search, const linas_evaluator *evaluator, size_t id) {
    linas_candidate *candidate;
    lns_home home = {search->context, search->space};
    LNS_TRY(lns_candidate_create(search, id, &home, &candidate));
    search->busy = true;
    int32_t code = lns_candidate_evaluate(candidate, evaluator);
    search->busy = false;
    linas_status status = code;
    if (code != 0) {
        search->stop = LINAS_STOP_CALLBACK;
        lns_fail(search->context, code, "the evaluator ended the call");
    } else {
        lns_answer answer;
        lns_candidate_answer(candidate, &answer);
        status = lns_search_answer(search, &answer);
    }
    lns_candidate_destroy(candidate);
    return status;
}

/* What was handed out before and is still without an answer comes first. */
static linas_status next_to_run(linas_search *search, size_t *id, bool *found) {
    *found = search->watch.out || lns_history_first_outstanding(&search->history, id);
    if (search->watch.out)
        *id = search->watch.id;
    return *found ? LINAS_OK : next_id(search, id, found);
}

static linas_status run(linas_search *search, const linas_evaluator *evaluator) {
    while (!ended(search)) {
        size_t id;
        bool found;
        LNS_TRY(next_to_run(search, &id, &found));
        if (!found)
            return LINAS_OK;
        LNS_TRY(evaluate(search, evaluator, id));
    }
    return LINAS_OK;
}

/* -- run with threads -------------------------------------------------------------------------- */

/* What is out at the start comes first, as if it had been given back. */
static void give_all_back(linas_search *search) {
    size_t id;
    search->watch.out = false;
    while (lns_history_first_outstanding(&search->history, &id))
        lns_history_give_back(&search->history, id);
}

/* From now on nobody waits for batches, and the journal says so. */
static linas_status make_asynchronous(linas_search *search, uint32_t outstanding) {
    if (search->options.outstanding > 0)
        return LINAS_OK;
    if (search->journal) {
        lns_text line;
        lns_text_init(&line, search->context);
        lns_line_asynchronous(outstanding, &line);
        LNS_TRY(lns_search_write(search, &line));
    }
    search->options.outstanding = outstanding;
    return LINAS_OK;
}

static linas_status employ(linas_search *search, lns_crew *crew) {
    bool found = true;
    LNS_TRY(keep_deadlines(search));
    while (found && lns_crew_idle(crew) > 0 && !ended(search)) {
        size_t id;
        LNS_TRY(next_id(search, &id, &found));
        linas_status status = found ? lns_crew_begin(crew, id) : LINAS_OK;
        if (status != LINAS_OK) {
            uint64_t lost = id;
            undo(search, search->history.handed, &lost, 1);
            return status;
        }
    }
    return LINAS_OK;
}

/* Another thread may have answered after a deadline. */
static linas_status settle_candidate(linas_search *search, const lns_returned *returned) {
    lns_answer answer;
    if (returned->code != 0) {
        search->stop = LINAS_STOP_CALLBACK;
        return lns_fail(search->context, returned->code, "the evaluator ended the call");
    }
    lns_candidate_answer(returned->candidate, &answer);
    if (check_id(search, answer.id, answer.outcome == LINAS_EVALUATION_OK) != LINAS_OK)
        return LINAS_OK;
    return lns_search_answer(search, &answer);
}

/* After the first failure nothing is begun; what is at work is waited for, and its answer kept. */
static linas_status run_crew(linas_search *search, lns_crew *crew) {
    linas_context *context = search->context;
    char message[sizeof context->message];
    linas_status first = employ(search, crew);
    int32_t stop = search->stop;
    memcpy(message, context->message, sizeof message);
    while (lns_crew_at_work(crew) > 0) {
        lns_returned returned;
        lns_crew_wait(crew, &returned);
        linas_status status = settle_candidate(search, &returned);
        lns_candidate_destroy(returned.candidate);
        if (first != LINAS_OK)
            continue;
        first = status == LINAS_OK ? employ(search, crew) : status;
        stop = search->stop;
        memcpy(message, context->message, sizeof message);
    }
    if (first == LINAS_OK)
        return LINAS_OK;
    search->stop = stop;
    return lns_fail(context, first, "%s", message);
}

static linas_status run_threads(linas_search *search, const linas_evaluator *evaluator) {
    lns_crew *crew;
    LNS_TRY(make_asynchronous(search, evaluator->threads));
    LNS_TRY(lns_crew_create(search, evaluator, evaluator->threads, &crew));
    give_all_back(search);
    linas_status status = run_crew(search, crew);
    lns_crew_destroy(crew);
    return status;
}

linas_status linas_search_run(linas_search *search, const linas_evaluator *evaluator) {
    linas_evaluator known;
    LNS_TRY(enter(search));
    LNS_TRY(read_evaluator(search, evaluator, &known));
    if (lns_search_over(search) == LINAS_STOP_FAILURES)
        search->stopping.failures_in_row = 0;
    linas_status status = known.threads > 1 ? run_threads(search, &known) : run(search, &known);
    /* A request ends one run, not those that continue it. */
    if (search->stop == LINAS_STOP_REQUESTED)
        atomic_store(&search->stop_requested, 0);
    return status;
}

linas_status linas_search_sync(linas_search *search) {
    LNS_TRY(enter(search));
    if (!search->journal)
        return LINAS_OK;
    search->busy = true;
    linas_status status = lns_journal_sync(search->journal);
    search->busy = false;
    return status;
}

void linas_search_request_stop(linas_search *search) {
    if (search)
        atomic_store(&search->stop_requested, 1);
}

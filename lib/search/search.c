/* SPDX-License-Identifier: Apache-2.0 */
/* Making and destroying searches, and asking them for what they hold. */
#include "search/search.h"
#include "predict/predict.h"
#include "search/names.h"

#include <linas/pareto.h>
#include <math.h>
#include <string.h>

_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "request_stop must be safe in signal handlers");

void linas_search_options_init(linas_search_options *options) {
    linas_search_options defaults = LINAS_SEARCH_OPTIONS_INIT;
    if (options)
        *options = defaults;
}

void linas_storage_init(linas_storage *storage) {
    linas_storage made = LINAS_STORAGE_INIT;
    if (storage)
        *storage = made;
}

/* -- options ----------------------------------------------------------------------------------- */

static linas_status refuse(linas_context *context, const char *why) {
    return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "linas_search_options: %s", why);
}

static linas_status check_counts(linas_context *context, const linas_search_options *options) {
    if (options->evaluations == 0)
        return refuse(context, "`evaluations` is 0");
    if (options->initial == 0)
        return refuse(context, "`initial` is 0");
    if (options->batch == 0)
        return refuse(context, "`batch` is 0");
    if (options->population < 2)
        return refuse(context, "`population` is less than 2");
    if (options->generations == 0)
        return refuse(context, "`generations` is 0");
    return LINAS_OK;
}

/* What is said of the journal and of failures. */
static linas_status check_keeping(linas_context *context, const linas_search_options *options) {
    if (options->resume > 1 || options->reserved != 0)
        return refuse(context, "`resume` is neither 0 nor 1, or `reserved` is not 0");
    if (options->journal && options->storage)
        return refuse(context, "`journal` and `storage` exclude each other");
    if (options->resume && !options->journal && !options->storage)
        return refuse(context, "`resume` without a `journal` or `storage`");
    if (!(options->drift_limit >= 0.0) || !isfinite(options->drift_limit))
        return refuse(context, "`drift_limit` is negative or not finite");
    if (!(options->deadline >= 0.0) || !isfinite(options->deadline))
        return refuse(context, "`deadline` is negative or not finite");
    if (options->reserved_too != 0)
        return refuse(context, "`reserved_too` is not 0");
    return LINAS_OK;
}

static linas_status read_storage(linas_context *context, const linas_storage *given,
                                 linas_storage *known) {
    linas_storage_init(known);
    LNS_TRY(lns_read_struct(context, given, known, sizeof *known, "linas_storage"));
    if (known->flags != 0 || !known->append || !known->iterate)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT,
                        "linas_storage needs `append` and `iterate`, and `flags` of 0");
    return LINAS_OK;
}

static linas_status check_options(linas_context *context, const linas_search_options *options) {
    if (!lns_tactic_of(options->tactic))
        return refuse(context, "there is no such `tactic`");
    LNS_TRY(check_counts(context, options));
    if (!(options->seconds >= 0.0) || !isfinite(options->seconds))
        return refuse(context, "`seconds` is negative or not finite");
    if (!(options->stagnation_gain >= 0.0) || !isfinite(options->stagnation_gain))
        return refuse(context, "`stagnation_gain` is negative or not finite");
    if (options->predictor < 0 || options->predictor >= LNS_PREDICTORS ||
        options->predictor == LINAS_PREDICTOR_CUSTOM)
        return refuse(context, "there is no such `predictor`");
    if (options->target < 0 || options->target >= LNS_TARGETS)
        return refuse(context, "there is no such `target`");
    if (options->survival < 0 || options->survival >= LNS_SURVIVALS)
        return refuse(context, "there is no such `survival`");
    return check_keeping(context, options);
}

static linas_status check_predictor(linas_context *context, const linas_space *space,
                                    const linas_predictor *predictor, size_t index) {
    uint64_t ours, its;
    if (!predictor)
        return LINAS_OK;
    LNS_TRY(linas_space_fingerprint(space, &ours));
    LNS_TRY(linas_space_fingerprint(predictor->space, &its));
    if (ours != its)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT,
                        "the predictor of objective %zu is made for another space", index);
    return LINAS_OK;
}

static linas_status copy_predictors(linas_search *search, linas_predictor *const *given) {
    size_t count = search->goals.count;
    search->predictors = lns_alloc_zero(search->context, count, sizeof *search->predictors);
    if (!search->predictors)
        return lns_no_memory(search->context);
    for (size_t i = 0; i < count && given; i++) {
        LNS_TRY(check_predictor(search->context, search->space, given[i], i));
        search->predictors[i] = given[i];
    }
    return LINAS_OK;
}

/* -- making ------------------------------------------------------------------------------------ */

static linas_status make_arrays(linas_search *search) {
    size_t m = search->goals.count;
    search->qualities = lns_alloc_zero(search->context, m, sizeof *search->qualities);
    search->reference = lns_alloc_zero(search->context, m, sizeof *search->reference);
    search->scratch = lns_alloc_zero(search->context, 2 * m, sizeof *search->scratch);
    if (!search->qualities || !search->reference || !search->scratch)
        return lns_no_memory(search->context);
    for (size_t i = 0; i < m; i++)
        search->qualities[i].size = (uint32_t)sizeof *search->qualities;
    return LINAS_OK;
}

static linas_status fill(linas_search *search, const linas_space *space,
                         const linas_objective *objectives, size_t count) {
    linas_context *context = search->context;
    linas_predictor *const *predictors = search->options.predictors;
    search->options.predictors = NULL;
    search->options.journal = NULL;
    search->options.storage = NULL;
    search->space = lns_space_keep(space);
    atomic_init(&search->stop_requested, 0);
    search->started = lns_seconds();
    LNS_TRY(lns_goals_copy(context, objectives, count, &search->goals));
    LNS_TRY(copy_predictors(search, predictors));
    LNS_TRY(make_arrays(search));
    LNS_TRY(lns_watch_init(&search->watch, context, count));
    search->watch.due = search->options.remeasure;
    lns_front_init(&search->front, context, count);
    LNS_TRY(lns_history_init(&search->history, context, space, count));
    lns_problem problem = {
        context,          space,          &search->goals,    &search->options, search->predictors,
        &search->history, &search->front, &search->imported, search->qualities};
    search->problem = problem;
    return LINAS_OK;
}

linas_status lns_search_new(linas_context *context, const linas_space *space,
                            const linas_objective *objectives, size_t count,
                            const linas_search_options *options, linas_search **search) {
    LNS_TRY(check_options(context, options));
    if (lns_space_context(space) != context)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT,
                        "the space belongs to another context");
    if (linas_space_variables(space) == 0)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "the space has no variables");
    linas_search *made = lns_alloc_zero(context, 1, sizeof *made);
    if (!made)
        return lns_no_memory(context);
    made->context = lns_context_keep(context);
    made->options = *options;
    linas_status status = fill(made, space, objectives, count);
    if (status != LINAS_OK) {
        linas_search_destroy(made);
        return status;
    }
    *search = made;
    return LINAS_OK;
}

void linas_search_destroy(linas_search *search) {
    if (!search)
        return;
    linas_context *context = search->context;
    if (search->tactic_state)
        search->tactic->destroy(search->tactic_state);
    lns_journal_close(search->journal);
    lns_history_free(&search->history);
    lns_imported_free(&search->imported);
    lns_front_free(&search->front);
    lns_watch_free(&search->watch);
    lns_goals_free(&search->goals);
    lns_free(context, search->predictors);
    lns_free(context, search->qualities);
    lns_free(context, search->reference);
    lns_free(context, search->scratch);
    lns_space_drop(search->space);
    lns_free(context, search);
    lns_context_drop(context);
}

/* -- the journal ------------------------------------------------------------------------------- */

static linas_status write_header(linas_search *search) {
    lns_text line;
    lns_text_init(&line, search->context);
    lns_line_header(search, &line);
    return lns_search_write(search, &line);
}

static linas_status resume(linas_search *search) {
    bool empty;
    LNS_TRY(lns_replay(search, &empty));
    if (empty)
        return write_header(search);
    if (search->history.proposed - search->history.imported > search->options.evaluations)
        return lns_fail(search->context, LINAS_ERROR_MISMATCH,
                        "%llu sub-networks are proposed in the journal, more than the budget of "
                        "evaluations",
                        (unsigned long long)(search->history.proposed - search->history.imported));
    search->history.replayed = search->history.proposed;
    /* What ended the last run is no reason to end this one at once. */
    if (lns_search_over(search) == LINAS_STOP_FAILURES)
        search->stopping.failures_in_row = 0;
    return LINAS_OK;
}

static linas_status open_journal(linas_search *search, const linas_search_options *options) {
    bool goes_on = options->resume == 1;
    lns_journal_mode mode = goes_on ? LNS_JOURNAL_CONTINUE : LNS_JOURNAL_NEW;
    if (options->storage) {
        linas_storage storage;
        LNS_TRY(read_storage(search->context, options->storage, &storage));
        LNS_TRY(lns_journal_open_storage(search->context, &storage, mode, &search->journal));
    } else if (options->journal) {
        LNS_TRY(lns_journal_open(search->context, options->journal, mode, &search->journal));
    } else {
        return LINAS_OK;
    }
    lns_journal_sync_every(search->journal, options->sync_every);
    return goes_on ? resume(search) : write_header(search);
}

static linas_status begin(linas_search *search, const linas_search_options *options) {
    search->tactic = lns_tactic_of(search->options.tactic);
    LNS_TRY(search->tactic->create(&search->problem, &search->tactic_state));
    LNS_TRY(open_journal(search, options));
    search->stop = lns_search_over(search);
    return LINAS_OK;
}

static linas_status finish(linas_context *context, linas_search *made, linas_status status,
                           linas_search **search) {
    if (status == LINAS_OK) {
        lns_clear(context);
        *search = made;
    } else {
        linas_search_destroy(made);
    }
    return status;
}

linas_status linas_search_create(linas_context *context, const linas_space *space,
                                 const linas_objective *objectives, size_t count,
                                 const linas_search_options *options, linas_search **search) {
    lns_clear(context);
    if (!context || !space || !objectives || !search)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "an argument is NULL");
    *search = NULL;
    linas_search_options known = LINAS_SEARCH_OPTIONS_INIT;
    if (options)
        LNS_TRY(lns_read_struct(context, options, &known, sizeof known, "linas_search_options"));
    linas_search *made = NULL;
    LNS_TRY(lns_search_new(context, space, objectives, count, &known, &made));
    return finish(context, made, begin(made, &known), search);
}

static linas_status read_all(linas_context *context, lns_journal *journal, linas_search **made) {
    linas_status status = lns_replay_open(context, journal, made);
    if (status != LINAS_OK) {
        lns_journal_close(journal);
        return status;
    }
    (*made)->journal = journal;
    (*made)->read_only = true;
    bool empty;
    LNS_TRY(lns_replay(*made, &empty));
    (*made)->stop = lns_search_over(*made);
    lns_journal_close(journal);
    (*made)->journal = NULL;
    return LINAS_OK;
}

linas_status linas_search_open_storage(linas_context *context, const linas_storage *storage,
                                       linas_search **search) {
    lns_clear(context);
    if (!context || !storage || !search)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "an argument is NULL");
    *search = NULL;
    lns_journal *journal;
    linas_search *made = NULL;
    linas_storage known;
    LNS_TRY(read_storage(context, storage, &known));
    LNS_TRY(lns_journal_open_storage(context, &known, LNS_JOURNAL_READ, &journal));
    linas_status status = read_all(context, journal, &made);
    return finish(context, made, status, search);
}

linas_status linas_search_open_journal(linas_context *context, const char *path,
                                       linas_search **search) {
    lns_clear(context);
    if (!context || !path || !search)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "an argument is NULL");
    *search = NULL;
    lns_journal *journal;
    linas_search *made = NULL;
    LNS_TRY(lns_journal_open(context, path, LNS_JOURNAL_READ, &journal));
    linas_status status = read_all(context, journal, &made);
    return finish(context, made, status, search);
}

/* -- asking ------------------------------------------------------------------------------------ */

int32_t linas_search_stop_reason(const linas_search *search) {
    return search ? search->stop : LINAS_STOP_NONE;
}

uint64_t linas_search_evaluations(const linas_search *search) {
    return search ? search->history.count : 0;
}

uint64_t linas_search_outstanding(const linas_search *search) {
    return search ? search->history.outstanding + (search->watch.out ? 1 : 0) : 0;
}

static linas_status give_evaluation(const linas_search *search, size_t index,
                                    linas_evaluation *evaluation) {
    const lns_history *history = &search->history;
    const lns_record *record = &history->records[index];
    linas_evaluation known = LINAS_EVALUATION_INIT;
    known.id = record->id;
    known.outcome = record->outcome;
    known.genome = lns_history_genome(history, (size_t)record->id);
    known.values = lns_history_values(history, (size_t)record->id);
    known.reason = record->reason ? record->reason : "";
    return lns_write_struct(search->context, &known, sizeof known, evaluation, "linas_evaluation");
}

linas_status linas_search_evaluation(const linas_search *search, uint64_t index,
                                     linas_evaluation *evaluation) {
    if (!search)
        return LINAS_ERROR_INVALID_ARGUMENT;
    lns_clear(search->context);
    if (!evaluation)
        return lns_fail(search->context, LINAS_ERROR_INVALID_ARGUMENT, "`evaluation` is NULL");
    if (index >= search->history.count)
        return lns_fail(search->context, LINAS_ERROR_OUT_OF_RANGE, "evaluation %llu of %zu",
                        (unsigned long long)index, search->history.count);
    return give_evaluation(search, (size_t)index, evaluation);
}

/* Sum of the violations of an answered id. */
static double violation_of(const linas_search *search, size_t id) {
    double point[LNS_MAX_OBJECTIVES], each[2 * LNS_MAX_OBJECTIVES], sum = 0.0;
    lns_goals_flip(&search->goals, lns_history_values(&search->history, id), point);
    lns_goals_violations(&search->goals, point, each);
    for (size_t i = 0; i < search->goals.limits; i++)
        sum += each[i] > 0.0 ? each[i] : 0.0;
    return sum;
}

linas_status linas_search_least_infeasible(const linas_search *search,
                                           linas_evaluation *evaluation) {
    if (!search)
        return LINAS_ERROR_INVALID_ARGUMENT;
    lns_clear(search->context);
    if (!evaluation)
        return lns_fail(search->context, LINAS_ERROR_INVALID_ARGUMENT, "`evaluation` is NULL");
    const lns_history *history = &search->history;
    double least = (double)INFINITY;
    size_t best = SIZE_MAX;
    for (size_t id = 0; id < history->proposed; id++) {
        double violation = lns_history_ok(history, id) ? violation_of(search, id) : (double)NAN;
        if (violation < least || (best == SIZE_MAX && violation <= least)) {
            least = violation;
            best = history->place[id];
        }
    }
    if (best != SIZE_MAX)
        return give_evaluation(search, best, evaluation);
    const char *reason = history->count > 0 ? history->records[history->count - 1].reason : NULL;
    return lns_fail(search->context, LINAS_ERROR_NOTHING_MEASURED,
                    "none of %zu evaluations succeeded; the last: %s", history->count,
                    reason ? reason : "no reason was given");
}

linas_status linas_search_reference(const linas_search *search, double *reference) {
    if (!search)
        return LINAS_ERROR_INVALID_ARGUMENT;
    lns_clear(search->context);
    if (!reference)
        return lns_fail(search->context, LINAS_ERROR_INVALID_ARGUMENT, "`reference` is NULL");
    if (!search->has_reference)
        return lns_fail(search->context, LINAS_ERROR_WRONG_ORDER,
                        "the reference point is fixed after the first batch");
    lns_goals_flip(&search->goals, search->reference, reference);
    return LINAS_OK;
}

linas_status linas_search_set_reference(linas_search *search, const double *reference) {
    if (!search)
        return LINAS_ERROR_INVALID_ARGUMENT;
    linas_context *context = search->context;
    lns_clear(context);
    if (!reference)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "`reference` is NULL");
    if (search->busy)
        return lns_fail(context, LINAS_ERROR_REENTRANT, "called from inside a callback");
    for (size_t i = 0; i < search->goals.count; i++)
        if (!isfinite(reference[i]))
            return lns_fail(context, LINAS_ERROR_NOT_FINITE, "reference value %zu is not finite",
                            i);
    if (search->read_only || search->history.count > search->history.imported)
        return lns_fail(context, LINAS_ERROR_WRONG_ORDER,
                        "the reference point is set before the first answer");
    lns_goals_flip(&search->goals, reference, search->scratch);
    return lns_search_fix_reference(search, search->scratch, true);
}

linas_status linas_search_hypervolume(const linas_search *search, double *hypervolume) {
    if (!search)
        return LINAS_ERROR_INVALID_ARGUMENT;
    lns_clear(search->context);
    if (!hypervolume)
        return lns_fail(search->context, LINAS_ERROR_INVALID_ARGUMENT, "`hypervolume` is NULL");
    return lns_search_measure(search, hypervolume);
}

linas_status linas_search_front(const linas_search *search, linas_front **front) {
    if (!search)
        return LINAS_ERROR_INVALID_ARGUMENT;
    lns_clear(search->context);
    if (!front)
        return lns_fail(search->context, LINAS_ERROR_INVALID_ARGUMENT, "`front` is NULL");
    *front = NULL;
    return lns_front_publish(&search->front, &search->history, front);
}

const linas_space *linas_search_space(const linas_search *search) {
    return search ? search->space : NULL;
}

size_t linas_search_objectives(const linas_search *search) {
    return search ? search->goals.count : 0;
}

linas_status linas_search_objective(const linas_search *search, size_t index, const char **name,
                                    const char **unit, int32_t *direction) {
    if (!search)
        return LINAS_ERROR_INVALID_ARGUMENT;
    lns_clear(search->context);
    if (index >= search->goals.count)
        return lns_fail(search->context, LINAS_ERROR_OUT_OF_RANGE, "objective %zu of %zu", index,
                        search->goals.count);
    const lns_goal *goal = &search->goals.goal[index];
    if (name)
        *name = goal->name;
    if (unit)
        *unit = goal->unit;
    if (direction)
        *direction = goal->sign > 0.0 ? LINAS_DIRECTION_MINIMIZE : LINAS_DIRECTION_MAXIMIZE;
    return LINAS_OK;
}

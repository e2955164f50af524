/* SPDX-License-Identifier: Apache-2.0 */
/* What an evaluator may ask of a candidate and say about it. */
#include "search/candidate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { REASON_BYTES = 1024 };

struct linas_candidate {
    linas_context *memory;
    lns_home home;
    const lns_goals *goals;
    size_t id;
    int32_t outcome;
    int32_t *genome;
    bool *set;      /* per objective */
    double *values; /* per objective, NaN until set */
    double *known;  /* likewise, NaN where nothing was imported */
    char reason[REASON_BYTES];
};

void linas_evaluator_init(linas_evaluator *evaluator) {
    linas_evaluator made = LINAS_EVALUATOR_INIT;
    if (evaluator)
        *evaluator = made;
}

static linas_status make_arrays(const linas_search *search, linas_candidate *made) {
    linas_context *context = search->context;
    size_t m = search->goals.count;
    const int32_t *genome = lns_history_genome(&search->history, made->id);
    made->set = lns_alloc_zero(context, m, sizeof *made->set);
    made->values = lns_alloc(context, 2 * m, sizeof *made->values);
    made->genome = lns_copy_bytes(context, genome, search->history.variables, sizeof *genome);
    return made->set && made->values && made->genome ? LINAS_OK : lns_no_memory(context);
}

linas_status lns_candidate_create(const linas_search *search, size_t id, const lns_home *home,
                                  linas_candidate **candidate) {
    size_t m = search->goals.count;
    linas_candidate *made = lns_alloc_zero(search->context, 1, sizeof *made);
    if (!made)
        return lns_no_memory(search->context);
    made->memory = search->context;
    made->home = *home;
    made->goals = &search->goals;
    made->id = id;
    linas_status status = make_arrays(search, made);
    if (status != LINAS_OK) {
        lns_candidate_destroy(made);
        return status;
    }
    const double *known = lns_search_known(search, id);
    made->known = made->values + m;
    for (size_t i = 0; i < m; i++) {
        made->values[i] = made->known[i] = known ? known[i] : (double)NAN;
        made->set[i] = !isnan(made->values[i]);
    }
    *candidate = made;
    return LINAS_OK;
}

void lns_candidate_destroy(linas_candidate *candidate) {
    linas_context *context = candidate->memory;
    lns_free(context, candidate->genome);
    lns_free(context, candidate->set);
    lns_free(context, candidate->values);
    lns_free(context, candidate);
}

/* Has the host not failed it? */
static bool is_alive(const linas_candidate *candidate) {
    return candidate->outcome == LINAS_EVALUATION_OK;
}

int32_t lns_candidate_evaluate(linas_candidate *candidate, const linas_evaluator *evaluator) {
    int32_t code = evaluator->evaluate(evaluator->evaluate_data, candidate);
    if (code == 0 && evaluator->measure_latency && is_alive(candidate))
        code = evaluator->measure_latency(evaluator->latency_data, candidate);
    return code;
}

/* What is left unset fails the candidate. */
static const lns_goal *first_unset(const linas_candidate *candidate) {
    const lns_goals *goals = candidate->goals;
    for (size_t i = 0; i < goals->count; i++)
        if (!goals->goal[i].computed && !candidate->set[i])
            return &goals->goal[i];
    return NULL;
}

void lns_candidate_answer(linas_candidate *candidate, lns_answer *answer) {
    const lns_goal *unset = first_unset(candidate);
    if (is_alive(candidate) && unset) {
        candidate->outcome = LINAS_EVALUATION_FAILED;
        snprintf(candidate->reason, sizeof candidate->reason, "the evaluator did not set %s",
                 unset->name);
    }
    memset(answer, 0, sizeof *answer);
    answer->id = candidate->id;
    answer->outcome = candidate->outcome;
    answer->reason = candidate->reason;
    answer->values = candidate->values;
}

/* -- for the host ------------------------------------------------------------------------------ */

uint64_t linas_candidate_id(const linas_candidate *candidate) {
    return candidate ? candidate->id : 0;
}

const int32_t *linas_candidate_genome(const linas_candidate *candidate) {
    return candidate ? candidate->genome : NULL;
}

const linas_space *linas_candidate_space(const linas_candidate *candidate) {
    return candidate ? candidate->home.space : NULL;
}

static linas_status find_value(const linas_candidate *candidate, const char *group, size_t slot,
                               const void *value, size_t *found, size_t *index) {
    if (!candidate)
        return LINAS_ERROR_INVALID_ARGUMENT;
    linas_context *context = candidate->home.context;
    lns_clear(context);
    if (!group || !value)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "an argument is NULL");
    const linas_space *space = candidate->home.space;
    linas_group_info info = LINAS_GROUP_INFO_INIT;
    LNS_TRY(linas_space_find_group(space, group, found));
    LNS_TRY(linas_space_group(space, *found, &info));
    if (slot >= info.slots)
        return lns_fail(context, LINAS_ERROR_OUT_OF_RANGE, "%s[%zu]: the group has %u slots", group,
                        slot, (unsigned)info.slots);
    *index = (size_t)linas_candidate_genome(candidate)[info.first_variable + slot];
    return LINAS_OK;
}

linas_status linas_candidate_int(const linas_candidate *candidate, const char *group, size_t slot,
                                 int64_t *value) {
    size_t found, index = 0;
    LNS_TRY(find_value(candidate, group, slot, value, &found, &index));
    return linas_space_value_int(candidate->home.space, found, index, value);
}

linas_status linas_candidate_real(const linas_candidate *candidate, const char *group, size_t slot,
                                  double *value) {
    size_t found, index = 0;
    LNS_TRY(find_value(candidate, group, slot, value, &found, &index));
    return linas_space_value_real(candidate->home.space, found, index, value);
}

linas_status linas_candidate_string(const linas_candidate *candidate, const char *group,
                                    size_t slot, const char **value) {
    size_t found, index = 0;
    LNS_TRY(find_value(candidate, group, slot, value, &found, &index));
    return linas_space_value_string(candidate->home.space, found, index, value);
}

linas_status linas_candidate_set(linas_candidate *candidate, const char *objective, double value) {
    if (!candidate)
        return LINAS_ERROR_INVALID_ARGUMENT;
    linas_context *context = candidate->home.context;
    const lns_goals *goals = candidate->goals;
    lns_clear(context);
    if (!objective)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "`objective` is NULL");
    size_t index = lns_goals_find(goals, objective);
    if (index == goals->count)
        return lns_fail(context, LINAS_ERROR_UNKNOWN_NAME, "there is no objective %s", objective);
    if (goals->goal[index].computed)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT,
                        "objective %s is computed, not measured", objective);
    candidate->values[index] = value;
    candidate->set[index] = true;
    return LINAS_OK;
}

linas_status linas_candidate_known(const linas_candidate *candidate, const char *objective,
                                   double *value) {
    if (!candidate)
        return LINAS_ERROR_INVALID_ARGUMENT;
    linas_context *context = candidate->home.context;
    lns_clear(context);
    if (!objective || !value)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "an argument is NULL");
    size_t index = lns_goals_find(candidate->goals, objective);
    if (index == candidate->goals->count)
        return lns_fail(context, LINAS_ERROR_UNKNOWN_NAME, "there is no objective %s", objective);
    *value = candidate->known[index];
    return LINAS_OK;
}

static void end_as(linas_candidate *candidate, int32_t outcome, const char *reason) {
    if (!candidate)
        return;
    candidate->outcome = outcome;
    snprintf(candidate->reason, sizeof candidate->reason, "%s", reason ? reason : "");
}

void linas_candidate_fail(linas_candidate *candidate, const char *reason) {
    end_as(candidate, LINAS_EVALUATION_FAILED, reason);
}

void linas_candidate_infeasible(linas_candidate *candidate, const char *reason) {
    end_as(candidate, LINAS_EVALUATION_INFEASIBLE, reason);
}

void linas_candidate_time_out(linas_candidate *candidate, const char *reason) {
    end_as(candidate, LINAS_EVALUATION_TIMED_OUT, reason);
}

void linas_candidate_cancel(linas_candidate *candidate, const char *reason) {
    end_as(candidate, LINAS_EVALUATION_CANCELLED, reason);
}

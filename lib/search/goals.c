/* SPDX-License-Identifier: Apache-2.0 */
/* Objectives: checks, copies, directions and limits. */
#include "search/goals.h"

#include <math.h>
#include <string.h>

void linas_objective_init(linas_objective *objective, int32_t direction, const char *name,
                          const char *unit) {
    linas_objective made = LINAS_OBJECTIVE_INIT_(direction, name, unit);
    if (objective)
        *objective = made;
}

/* -- checks ------------------------------------------------------------------------------------ */

static linas_status refuse(linas_context *context, size_t index, const linas_objective *given,
                           const char *why) {
    return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "objective %zu (%s): %s", index,
                    given->name ? given->name : "", why);
}

static bool has_control_character(const char *text) {
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return true;
    return false;
}

static linas_status check(linas_context *context, size_t index, const linas_objective *given) {
    if (!given->name || !given->name[0])
        return refuse(context, index, given, "it has no name");
    if (strlen(given->name) > LINAS_MAX_NAME || has_control_character(given->name))
        return refuse(context, index, given, "its name is too long or has control characters");
    if (given->direction != LINAS_DIRECTION_MAXIMIZE &&
        given->direction != LINAS_DIRECTION_MINIMIZE)
        return refuse(context, index, given,
                      "no direction: say LINAS_DIRECTION_MAXIMIZE or LINAS_DIRECTION_MINIMIZE");
    if (isnan(given->upper_limit) || isnan(given->lower_limit))
        return refuse(context, index, given, "a limit is NaN");
    if (given->lower_limit > given->upper_limit || given->lower_limit == (double)INFINITY ||
        given->upper_limit == -(double)INFINITY)
        return refuse(context, index, given, "no value can keep its limits");
    return LINAS_OK;
}

/* -- copies ------------------------------------------------------------------------------------ */

static linas_status copy_one(linas_context *context, const linas_objective *given, lns_goal *goal) {
    goal->name = lns_copy_string(context, given->name);
    goal->unit = lns_copy_string(context, given->unit ? given->unit : "");
    if (!goal->name || !goal->unit)
        return lns_no_memory(context);
    goal->sign = given->direction == LINAS_DIRECTION_MINIMIZE ? 1.0 : -1.0;
    goal->upper = given->upper_limit;
    goal->lower = given->lower_limit;
    goal->computed = given->compute != NULL;
    goal->compute = given->compute;
    goal->compute_data = given->compute_data;
    return LINAS_OK;
}

static linas_status add(lns_goals *goals, const unsigned char *bytes) {
    linas_context *context = goals->context;
    size_t index = goals->count;
    linas_objective given = LINAS_OBJECTIVE_INIT_(0, NULL, NULL);
    LNS_TRY(lns_read_struct(context, bytes, &given, sizeof given, "linas_objective"));
    LNS_TRY(check(context, index, &given));
    if (lns_goals_find(goals, given.name) < index)
        return lns_fail(context, LINAS_ERROR_DUPLICATE, "two objectives have the name %s",
                        given.name);
    goals->count++;
    LNS_TRY(copy_one(context, &given, &goals->goal[index]));
    goals->limits +=
        (isfinite(given.upper_limit) ? 1u : 0u) + (isfinite(given.lower_limit) ? 1u : 0u);
    return LINAS_OK;
}

linas_status lns_goals_copy(linas_context *context, const linas_objective *objectives, size_t count,
                            lns_goals *goals) {
    memset(goals, 0, sizeof *goals);
    goals->context = context;
    if (!objectives || count == 0)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "a search needs an objective");
    if (count > LNS_MAX_OBJECTIVES)
        return lns_fail(context, LINAS_ERROR_TOO_LARGE, "more than %d objectives",
                        LNS_MAX_OBJECTIVES);
    goals->goal = lns_alloc_zero(context, count, sizeof *goals->goal);
    if (!goals->goal)
        return lns_no_memory(context);
    uint32_t stride;
    memcpy(&stride, objectives, sizeof stride);
    linas_status status = LINAS_OK;
    for (size_t i = 0; i < count && status == LINAS_OK; i++)
        status = add(goals, (const unsigned char *)objectives + i * stride);
    if (status != LINAS_OK)
        lns_goals_free(goals);
    return status;
}

void lns_goals_free(lns_goals *goals) {
    for (size_t i = 0; i < goals->count; i++) {
        lns_free(goals->context, goals->goal[i].name);
        lns_free(goals->context, goals->goal[i].unit);
    }
    if (goals->goal)
        lns_free(goals->context, goals->goal);
    memset(goals, 0, sizeof *goals);
}

/* -- use --------------------------------------------------------------------------------------- */

size_t lns_goals_find(const lns_goals *goals, const char *name) {
    size_t i = 0;
    while (i < goals->count && strcmp(goals->goal[i].name, name) != 0)
        i++;
    return i;
}

void lns_goals_flip(const lns_goals *goals, const double *values, double *flipped) {
    for (size_t i = 0; i < goals->count; i++)
        flipped[i] = values[i] * goals->goal[i].sign;
}

bool lns_goals_within(const lns_goals *goals, const double *values) {
    for (size_t i = 0; i < goals->count; i++)
        if (!(values[i] <= goals->goal[i].upper && values[i] >= goals->goal[i].lower))
            return false;
    return true;
}

static double relative(double excess, double limit) {
    return fabs(limit) > 0.0 ? excess / fabs(limit) : excess;
}

void lns_goals_violations(const lns_goals *goals, const double *minimised, double *violations) {
    for (size_t i = 0, k = 0; i < goals->count; i++) {
        const lns_goal *goal = &goals->goal[i];
        double value = minimised[i] * goal->sign;
        if (isfinite(goal->upper))
            violations[k++] = relative(value - goal->upper, goal->upper);
        if (isfinite(goal->lower))
            violations[k++] = relative(goal->lower - value, goal->lower);
    }
}

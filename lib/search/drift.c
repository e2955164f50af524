/* SPDX-License-Identifier: Apache-2.0 */
/* What re-measuring one sub-network tells about the device. */
#include "search/drift.h"
#include "search/search.h"

#include <math.h>
#include <string.h>

linas_status lns_watch_init(lns_watch *watch, linas_context *context, size_t objectives) {
    memset(watch, 0, sizeof *watch);
    watch->context = context;
    watch->objectives = objectives;
    watch->first = lns_alloc_zero(context, 4 * objectives, sizeof *watch->first);
    if (!watch->first)
        return lns_no_memory(context);
    watch->last = watch->first + objectives;
    watch->mean = watch->last + objectives;
    watch->squares = watch->mean + objectives;
    return LINAS_OK;
}

void lns_watch_free(lns_watch *watch) {
    if (watch->context)
        lns_free(watch->context, watch->first);
}

void lns_watch_add(lns_watch *watch, size_t id, const double *values) {
    if (!watch->chosen) {
        watch->chosen = true;
        watch->id = id;
        memcpy(watch->first, values, watch->objectives * sizeof *values);
    }
    watch->count++;
    for (size_t i = 0; i < watch->objectives; i++) {
        double apart = values[i] - watch->mean[i];
        watch->last[i] = values[i];
        watch->mean[i] += apart / (double)watch->count;
        watch->squares[i] += apart * (values[i] - watch->mean[i]);
    }
}

double lns_watch_change(const lns_watch *watch, size_t objective) {
    double first = watch->first[objective], apart = watch->last[objective] - first;
    /* A change from zero has no size to be compared with. */
    return apart == 0.0 ? 0.0 : apart / fabs(first);
}

/* -- in a search ------------------------------------------------------------------------------- */

bool lns_search_hand_out_reference(linas_search *search, size_t *id) {
    lns_watch *watch = &search->watch;
    if (search->options.remeasure == 0 || !watch->chosen || watch->out ||
        search->history.count < watch->due)
        return false;
    watch->out = true;
    *id = watch->id;
    return true;
}

void lns_search_remeasured(linas_search *search, const lns_answer *answer, uint64_t after) {
    lns_watch *watch = &search->watch;
    watch->out = false;
    watch->due = after + search->options.remeasure;
    if (answer->outcome == LINAS_EVALUATION_OK)
        lns_watch_add(watch, (size_t)answer->id, answer->values);
}

static bool exceeded(const linas_search *search, size_t objective) {
    double limit = search->options.drift_limit;
    return limit > 0.0 && fabs(lns_watch_change(&search->watch, objective)) > limit;
}

static void warn(const linas_search *search) {
    for (size_t i = 0; i < search->goals.count; i++)
        if (exceeded(search, i))
            lns_log(search->context, LINAS_LOG_WARNING,
                    "%s of the reference sub-network %zu has changed from %g to %g",
                    search->goals.goal[i].name, search->watch.id, search->watch.first[i],
                    search->watch.last[i]);
}

linas_status lns_search_remeasure(linas_search *search, const lns_answer *answer) {
    if (search->journal) {
        lns_text line;
        lns_text_init(&line, search->context);
        lns_line_remeasurement(search, answer, &line);
        LNS_TRY(lns_search_write(search, &line));
    }
    lns_search_remeasured(search, answer, search->history.count);
    warn(search);
    return LINAS_OK;
}

linas_status linas_search_drift(const linas_search *search, size_t objective, linas_drift *drift) {
    if (!search)
        return LINAS_ERROR_INVALID_ARGUMENT;
    linas_context *context = search->context;
    const lns_watch *watch = &search->watch;
    lns_clear(context);
    if (!drift)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "`drift` is NULL");
    if (objective >= search->goals.count)
        return lns_fail(context, LINAS_ERROR_OUT_OF_RANGE, "objective %zu of %zu", objective,
                        search->goals.count);
    if (!watch->chosen)
        return lns_fail(context, LINAS_ERROR_WRONG_ORDER, "nothing was measured yet");
    linas_drift known = LINAS_DRIFT_INIT;
    known.exceeded = exceeded(search, objective);
    known.id = watch->id;
    known.measurements = watch->count;
    known.first = watch->first[objective];
    known.last = watch->last[objective];
    known.change = lns_watch_change(watch, objective);
    known.mean = watch->mean[objective];
    if (watch->count > 1)
        known.deviation = sqrt(watch->squares[objective] / (double)(watch->count - 1));
    return lns_write_struct(context, &known, sizeof known, drift, "linas_drift");
}

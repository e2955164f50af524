/* SPDX-License-Identifier: Apache-2.0 */
#include "search/rows.h"

#include <linas/pareto.h>
#include <string.h>

static linas_status make(const lns_problem *problem, lns_rows *rows) {
    rows->count = 0;
    rows->ids = lns_alloc(problem->context, problem->history->count, sizeof *rows->ids);
    return rows->ids ? LINAS_OK : lns_no_memory(problem->context);
}

void lns_rows_free(const lns_problem *problem, lns_rows *rows) {
    lns_free(problem->context, rows->ids);
    *rows = (lns_rows){NULL, 0};
}

/* Those of which `wants` is true, in the search's order. */
static void list(const lns_problem *problem, bool (*wants)(const lns_history *, size_t),
                 lns_rows *rows) {
    const lns_history *history = problem->history;
    bool completion = lns_tactic_asynchronous(problem);
    size_t end = completion ? history->count : history->proposed;
    for (size_t i = 0; i < end; i++) {
        size_t id = completion ? (size_t)history->records[i].id : i;
        if (wants(history, id))
            rows->ids[rows->count++] = id;
    }
}

static bool is_measured(const lns_history *history, size_t id) {
    return id >= history->imported && lns_history_ok(history, id);
}

static bool is_answered(const lns_history *history, size_t id) {
    return lns_history_answered(history, id) &&
           history->records[history->place[id]].outcome != LINAS_EVALUATION_CANCELLED;
}

/* -- thinning out ------------------------------------------------------------------------------ */

/* Marks `wanted` of those that `ranks` puts into one front (NULL: of all) and that are not marked,
 * spread evenly over them; `there` counts them. */
static void mark(const lns_rows *rows, const uint32_t *ranks, uint32_t front, size_t there,
                 size_t wanted, bool *marked) {
    size_t seen = 0;
    if (wanted > there)
        wanted = there;
    for (size_t i = 0; i < rows->count; i++) {
        if ((ranks && ranks[i] != front) || marked[i])
            continue;
        /* The quotient steps `wanted` times while `seen` counts to `there`. */
        marked[i] = (seen + 1) * wanted / there > seen * wanted / there;
        seen++;
    }
}

static size_t count_front(const lns_rows *rows, const uint32_t *ranks, uint32_t front) {
    size_t count = 0;
    for (size_t i = 0; i < rows->count; i++)
        count += ranks[i] == front;
    return count;
}

static void mark_best(const lns_rows *rows, const uint32_t *ranks, size_t wanted, bool *marked) {
    size_t there;
    for (uint32_t front = 0; wanted > 0; front++) {
        there = count_front(rows, ranks, front);
        mark(rows, ranks, front, there, wanted, marked);
        wanted -= there < wanted ? there : wanted;
    }
}

static linas_status rank(const lns_problem *problem, const lns_rows *rows, uint32_t *ranks) {
    size_t m = problem->goals->count;
    double *points = lns_alloc(problem->context, rows->count * m, sizeof *points);
    if (!points)
        return lns_no_memory(problem->context);
    for (size_t i = 0; i < rows->count; i++)
        lns_goals_flip(problem->goals, lns_history_values(problem->history, rows->ids[i]),
                       points + i * m);
    linas_status status = linas_pareto_rank(problem->context, points, rows->count, m, ranks, NULL);
    lns_free(problem->context, points);
    return status;
}

static void keep_marked(lns_rows *rows, const bool *marked) {
    size_t kept = 0;
    for (size_t i = 0; i < rows->count; i++)
        if (marked[i])
            rows->ids[kept++] = rows->ids[i];
    rows->count = kept;
}

static linas_status thin_out(const lns_problem *problem, bool best, lns_rows *rows) {
    linas_context *context = problem->context;
    size_t half = best ? LNS_MOST_ROWS / 2 : 0;
    if (!lns_tactic_asynchronous(problem) || rows->count <= LNS_MOST_ROWS)
        return LINAS_OK;
    bool *marked = lns_alloc_zero(context, rows->count, sizeof *marked);
    uint32_t *ranks = lns_alloc(context, rows->count, sizeof *ranks);
    linas_status status = marked && ranks ? LINAS_OK : lns_no_memory(context);
    if (status == LINAS_OK && best)
        status = rank(problem, rows, ranks);
    if (status == LINAS_OK) {
        mark_best(rows, ranks, half, marked);
        mark(rows, NULL, 0, rows->count - half, LNS_MOST_ROWS - half, marked);
        keep_marked(rows, marked);
    }
    lns_free(context, marked);
    lns_free(context, ranks);
    return status;
}

static linas_status choose(const lns_problem *problem, bool (*wants)(const lns_history *, size_t),
                           bool best, lns_rows *rows) {
    LNS_TRY(make(problem, rows));
    list(problem, wants, rows);
    linas_status status = thin_out(problem, best, rows);
    if (status != LINAS_OK)
        lns_rows_free(problem, rows);
    return status;
}

linas_status lns_rows_measured(const lns_problem *problem, lns_rows *rows) {
    return choose(problem, is_measured, true, rows);
}

linas_status lns_rows_answered(const lns_problem *problem, lns_rows *rows) {
    return choose(problem, is_answered, false, rows);
}

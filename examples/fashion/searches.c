/* SPDX-License-Identifier: Apache-2.0 */
#include "searches.h"
#include "progress.h"
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { COMPARE_SEEDS = 3, MOST_MARKS = 8 };

/* Numbers of sub-networks after which tactics are compared: the last is the budget. */
typedef struct marks {
    size_t count;
    uint64_t at[MOST_MARKS];
} marks;

static marks marks_up_to(uint64_t budget) {
    static const uint64_t usual[MOST_MARKS - 1] = {50, 100, 150, 200, 300, 500, 1000};
    marks m = {0};
    while (m.count < MOST_MARKS - 1 && usual[m.count] < budget) {
        m.at[m.count] = usual[m.count];
        m.count++;
    }
    m.at[m.count++] = budget;
    return m;
}

/* What one search leaves behind while it runs. */
typedef struct watch {
    progress line;
    marks marks;
    double volumes[MOST_MARKS]; /* hypervolume at the marks */
} watch;

static int32_t show(void *user_data, const linas_progress *now) {
    watch *w = user_data;
    char text[160];
    snprintf(text, sizeof text, "%llu sub-networks, hypervolume %.4g, front of %llu",
             (unsigned long long)now->evaluations, now->hypervolume,
             (unsigned long long)now->front_size);
    progress_show(&w->line, (double)now->evaluations, text);
    for (size_t i = 0; i < w->marks.count; i++)
        if (w->marks.at[i] >= now->evaluations)
            w->volumes[i] = now->hypervolume;
    return 0;
}

static int file_exists(const char *path) {
    struct stat facts;
    return path && stat(path, &facts) == 0 && facts.st_size > 0;
}

static linas_status set_reference(host *h, linas_search *search) {
    double reference[OBJECTIVES];
    if (host_reference(h, reference))
        return LINAS_ERROR_NO_MEMORY;
    return linas_search_set_reference(search, reference);
}

static linas_search *run_search(host *h, const demo_options *o, const char *name, watch *w) {
    linas_search_options options = LINAS_SEARCH_OPTIONS_INIT;
    options.tactic = o->tactic < 0 ? LINAS_TACTIC_LINAS : o->tactic;
    options.seed = o->seed;
    options.evaluations = o->evaluations;
    options.journal = o->journal;
    options.resume = o->journal && file_exists(o->journal);
    *w = (watch){.line = progress_start(name, (double)o->evaluations),
                 .marks = marks_up_to(o->evaluations)};
    options.progress = show;
    options.progress_data = w;
    linas_evaluator evaluator = LINAS_EVALUATOR_INIT;
    evaluator.evaluate = host_evaluate;
    evaluator.evaluate_data = h;
    evaluator.measure_latency = host_measure_latency;
    evaluator.latency_data = h;
    linas_search *search = NULL;
    linas_status status =
        linas_search_create(h->context, h->space, host_objectives, OBJECTIVES, &options, &search);
    if (status == LINAS_OK && linas_search_evaluations(search) == 0)
        status = set_reference(h, search);
    if (status == LINAS_OK)
        status = linas_search_run(search, &evaluator);
    progress_end(&w->line);
    if (status == LINAS_OK)
        return search;
    fprintf(stderr, "fashion: %s: %s\n", linas_status_name(status),
            linas_context_message(h->context));
    linas_search_destroy(search);
    return NULL;
}

int search_and_report(host *h, const demo_options *o, const image_set *test) {
    double start = seconds_now();
    watch w;
    linas_search *search = run_search(h, o, "searching", &w);
    report r = {0};
    double volume = 0.0;
    int failed = !search || report_create(&r, h, search, test);
    if (!failed) {
        linas_search_hypervolume(search, &volume);
        printf("%llu sub-networks measured in %.0f s, hypervolume %.4f; the search ended: %s\n",
               (unsigned long long)linas_search_evaluations(search), seconds_now() - start, volume,
               linas_stop_text(linas_search_stop_reason(search)));
        report_print(&r);
        failed = report_write(&r, o->output);
    }
    if (!failed)
        printf("wrote front.csv, front.jsonl and front.svg to %s\n", o->output);
    report_free(&r);
    linas_search_destroy(search);
    return failed ? -1 : 0;
}

static void print_volumes(const char *name, const char *seed, const double *volumes, size_t count) {
    printf("%-7s %5s", name, seed);
    for (size_t i = 0; i < count; i++)
        printf(" %9.4f", volumes[i]);
    putchar('\n');
    fflush(stdout);
}

static int compare_tactic(host *h, demo_options *o, const char *name) {
    double means[MOST_MARKS] = {0.0};
    uint64_t first = o->seed;
    size_t count = 0;
    for (uint64_t k = 0; k < COMPARE_SEEDS; k++) {
        char seed[24];
        watch w;
        o->seed = first + k;
        snprintf(seed, sizeof seed, "%llu", (unsigned long long)o->seed);
        linas_search *search = run_search(h, o, name, &w);
        if (!search)
            return -1;
        linas_search_destroy(search);
        count = w.marks.count;
        print_volumes(name, seed, w.volumes, count);
        for (size_t i = 0; i < count; i++)
            means[i] += w.volumes[i] / COMPARE_SEEDS;
    }
    o->seed = first;
    print_volumes(name, "mean", means, count);
    return 0;
}

/* The hypervolume of all that was measured, whoever asked for it. */
static void print_union(host *h) {
    double *points = calloc(h->known_count + 1, OBJECTIVES * sizeof *points);
    double reference[OBJECTIVES], volume = 0.0;
    for (size_t i = 0; i < h->known_count && points; i++) {
        points[OBJECTIVES * i] = -h->known[i].accuracy;
        points[OBJECTIVES * i + 1] = h->known[i].latency.milliseconds;
    }
    if (points && host_reference(h, reference) == 0) {
        reference[0] = -reference[0];
        linas_hypervolume(h->context, points, h->known_count, OBJECTIVES, reference, &volume);
        printf("the front of all %zu sub-networks measured here: %.4f\n", h->known_count, volume);
    }
    free(points);
}

int compare_tactics(host *h, const demo_options *given) {
    demo_options o = *given;
    int failed = 0;
    o.journal = NULL;
    printf("hypervolume after that many sub-networks, in %% x ms\n%-7s %5s", "tactic", "seed");
    marks m = marks_up_to(o.evaluations);
    for (size_t i = 0; i < m.count; i++)
        printf(" %9llu", (unsigned long long)m.at[i]);
    putchar('\n');
    for (size_t t = 0; t < TACTICS && !failed; t++) {
        o.tactic = tactics[t].code;
        if (given->tactic < 0 || given->tactic == o.tactic)
            failed = compare_tactic(h, &o, tactics[t].name);
    }
    if (!failed)
        print_union(h);
    return failed;
}

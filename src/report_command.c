/* SPDX-License-Identifier: Apache-2.0 */
/* `linas report`: journals as one page that needs nothing else. */
#include "chart.h"
#include "commands.h"
#include "output.h"
#include "report.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { REASONS = 12 };

static const char style[] =
    "body{font:15px/1.5 sans-serif;max-width:1340px;margin:2em auto;padding:0 1em;color:#1d2330;"
    "background:#fff}h1{font-size:1.5em}h2{font-size:1.15em;margin:0 0 .4em}"
    "main{display:grid;grid-template-columns:repeat(auto-fit,minmax(480px,1fr));gap:1.2em;align-"
    "items:start}"
    "section{border:1px solid #d5d9e0;border-radius:8px;padding:1em;overflow-x:auto}"
    "svg{width:100%;height:auto}text{font-size:12px;fill:#444b5a}.axis{stroke:#8a91a0;fill:none}"
    ".grid{stroke:#8883;fill:none}.line{fill:none;stroke-width:1.4}.mean{stroke:#1d2330;fill:none;"
    "stroke-width:2.4}.band{fill:#1d233022}.front{fill:none;stroke:#d4511e;stroke-width:1.6}"
    ".quality{fill:none;stroke-width:1.8;stroke:#2f6fbd}.next{stroke:#d4511e}"
    ".best{stroke:#d4511e;stroke-width:1.8}.even{stroke:#8a91a0;stroke-dasharray:4 4;fill:none}"
    "table{border-collapse:collapse;font-size:13px}td,th{padding:.15em .7em;text-align:left;"
    "border-bottom:1px solid #8882;vertical-align:top}td.n{text-align:right}"
    ".bar{display:inline-block;height:.7em;background:#2f6fbd;margin-right:.4em}"
    ".bar.other{background:#8a91a088}p{margin:.3em 0 .8em;color:#5a6170;font-size:13px}"
    "@media(prefers-color-scheme:dark){body{color:#dde1ea;background:#14171d}"
    "section{border-color:#343a46}text{fill:#b6bdcb}.mean{stroke:#eef1f7}.band{fill:#eef1f722}"
    ".front,.best,.next{stroke:#ff9860}.own{stroke:#6aa6ee}p{color:#9aa2b1}.bar{background:#6aa6ee}"
    "}";

/* -- reading ----------------------------------------------------------------------------------- */

static void objective_of(const report *r, size_t index, const char **name, const char **unit,
                         int32_t *direction) {
    linas_search_objective(r->runs[0].search, index, name, unit, direction);
}

static double sign_of(const report *r, size_t index) {
    int32_t direction = LINAS_DIRECTION_MINIMIZE;
    objective_of(r, index, NULL, NULL, &direction);
    return direction == LINAS_DIRECTION_MAXIMIZE ? -1.0 : 1.0;
}

char *label_of(const report *r, size_t index) {
    const char *name = "";
    const char *unit = "";
    objective_of(r, index, &name, &unit, NULL);
    return *unit ? make_text("%s (%s)", name, unit) : copy_text(name);
}

static bool same_objectives(const linas_search *a, const linas_search *b) {
    size_t count = linas_search_objectives(a);
    bool same = count == linas_search_objectives(b);
    for (size_t i = 0; same && i < count; i++) {
        const char *names[2];
        int32_t directions[2];
        linas_search_objective(a, i, &names[0], NULL, &directions[0]);
        linas_search_objective(b, i, &names[1], NULL, &directions[1]);
        same = strcmp(names[0], names[1]) == 0 && directions[0] == directions[1];
    }
    return same;
}

static int open_run(report *r, const char *path) {
    run *one = &r->runs[r->run_count];
    *one = (run){.path = path};
    if (linas_search_open_journal(r->context, path, &one->search) != LINAS_OK)
        return fail(STATUS_FAILED, "%s", linas_context_message(r->context));
    r->run_count++;
    if (r->run_count > 1 && !same_objectives(r->runs[0].search, one->search))
        return fail(STATUS_FAILED, "%s: other objectives than %s", path, r->runs[0].path);
    one->count = (size_t)linas_search_evaluations(one->search);
    one->all = get_memory(one->count + 1, sizeof *one->all);
    for (size_t i = 0; i < one->count; i++) {
        one->all[i] = (linas_evaluation)LINAS_EVALUATION_INIT;
        if (linas_search_evaluation(one->search, i, &one->all[i]) != LINAS_OK)
            return fail(STATUS_FAILED, "%s", linas_context_message(r->context));
    }
    return STATUS_OK;
}

/* The worst of all runs' reference points, so that their hypervolumes can be compared. */
static void find_reference(report *r) {
    r->objectives = linas_search_objectives(r->runs[0].search);
    r->reference = get_memory(r->objectives, sizeof *r->reference);
    double *one = get_memory(r->objectives, sizeof *one);
    for (size_t j = 0; j < r->objectives; j++)
        r->reference[j] = -INFINITY;
    for (size_t i = 0; i < r->run_count; i++) {
        if (linas_search_reference(r->runs[i].search, one) != LINAS_OK)
            continue;
        for (size_t j = 0; j < r->objectives; j++)
            r->reference[j] = fmax(r->reference[j], one[j] * sign_of(r, j));
    }
    free(one);
}

/* Freed by the caller. */
static char *config_of(const linas_search *search, const int32_t *genome) {
    const linas_space *space = linas_search_space(search);
    size_t needed = 0;
    linas_space_config_to_json(space, genome, NULL, 0, &needed);
    char *text = get_memory(needed + 1, 1);
    *text = 0;
    linas_space_config_to_json(space, genome, text, needed, NULL);
    return text;
}

/* -- the front --------------------------------------------------------------------------------- */

static void write_tip(const report *r, const run *one, const linas_evaluation *e) {
    fprintf(r->out, "<title>#%" PRIu64, e->id);
    for (size_t j = 0; j < r->objectives; j++) {
        char *label = label_of(r, j);
        fputs(j ? ", " : ": ", r->out);
        write_escaped(r->out, label);
        fprintf(r->out, " %.6g", e->values[j]);
        free(label);
    }
    char *config = config_of(one->search, e->genome);
    fputs("\n", r->out);
    write_escaped(r->out, config);
    fputs("</title>", r->out);
    free(config);
}

static void write_front_line(const report *r, const chart *c, size_t x, size_t y) {
    linas_front *front;
    linas_evaluation member = LINAS_EVALUATION_INIT;
    if (r->objectives != 2 || linas_search_front(r->runs[0].search, &front) != LINAS_OK)
        return;
    fputs("<polyline class=\"front\" points=\"", r->out);
    for (size_t i = 0; linas_front_get(front, i, &member) == LINAS_OK; i++)
        fprintf(r->out, "%.1f,%.1f ", chart_x(c, member.values[x]), chart_y(c, member.values[y]));
    fputs("\"/>\n", r->out);
    linas_front_destroy(front);
}

static bool on_front(const linas_front *front, uint64_t id) {
    linas_evaluation member = LINAS_EVALUATION_INIT;
    for (size_t i = 0; front && linas_front_get(front, i, &member) == LINAS_OK; i++)
        if (member.id == id)
            return true;
    return false;
}

static void write_points(const report *r, const chart *c, size_t x, size_t y) {
    const run *one = &r->runs[0];
    linas_front *front = NULL;
    if (linas_search_front(one->search, &front) != LINAS_OK)
        front = NULL;
    for (size_t i = 0; i < one->count; i++) {
        const linas_evaluation *e = &one->all[i];
        if (e->outcome != LINAS_EVALUATION_OK)
            continue;
        bool best = on_front(front, e->id);
        double across = r->objectives > 1 ? e->values[x] : (double)i + 1;
        fprintf(r->out, "<circle class=\"point%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%s\" fill=\"",
                best ? " best" : "", chart_x(c, across), chart_y(c, e->values[y]),
                best ? "5" : "4");
        chart_colour(r->out, one->count > 1 ? (double)i / (double)(one->count - 1) : 0);
        fputs("\">", r->out);
        write_tip(r, one, e);
        fputs("</circle>\n", r->out);
    }
    linas_front_destroy(front);
}

static void write_front(const report *r) {
    const run *one = &r->runs[0];
    chart_range across = chart_range_none();
    chart_range up = chart_range_none();
    size_t x = r->objectives > 1;
    for (size_t i = 0; i < one->count; i++) {
        if (one->all[i].outcome != LINAS_EVALUATION_OK)
            continue;
        chart_range_add(&across, x ? one->all[i].values[1] : (double)i + 1);
        chart_range_add(&up, one->all[i].values[0]);
    }
    char *x_label = x ? label_of(r, 1) : copy_text("evaluations");
    char *y_label = label_of(r, 0);
    fputs("<section><h2>Front</h2><p>Every sub-network that was measured, from the first (blue) to "
          "the last (yellow); the front is outlined. Point at one for its configuration.</p>\n",
          r->out);
    chart c = chart_open(r->out, "front", across, up);
    chart_labels(&c, x_label, y_label);
    write_points(r, &c, x, 0);
    write_front_line(r, &c, 1, 0);
    chart_close(&c);
    fputs("</section>\n", r->out);
    free(x_label);
    free(y_label);
}

/* -- hypervolume ------------------------------------------------------------------------------- */

/* After each evaluation of a run; freed by the caller. */
static double *hypervolumes(const report *r, const run *one) {
    double *trace = get_memory(one->count + 1, sizeof *trace);
    double *point = get_memory(r->objectives, sizeof *point);
    linas_archive *archive = NULL;
    linas_status status = linas_archive_create(r->context, r->objectives, &archive);
    if (status == LINAS_OK)
        status = linas_archive_set_reference(archive, r->reference);
    for (size_t i = 0; i < one->count; i++) {
        trace[i] = i > 0 ? trace[i - 1] : 0;
        if (one->all[i].outcome != LINAS_EVALUATION_OK || status != LINAS_OK)
            continue;
        for (size_t j = 0; j < r->objectives; j++)
            point[j] = one->all[i].values[j] * sign_of(r, j);
        if (linas_archive_add(archive, point, i, NULL) == LINAS_OK)
            linas_archive_hypervolume(archive, &trace[i]);
    }
    linas_archive_destroy(archive);
    free(point);
    return trace;
}

/* Half the width of the 95 % interval of a mean of `n` values (Student's t). */
static double half_width(double deviation, size_t n) {
    static const double t[] = {0,    0,    12.71, 4.30, 3.18, 2.78, 2.57,
                               2.45, 2.36, 2.31,  2.26, 2.23, 2.20};
    double factor = n < sizeof t / sizeof *t ? t[n] : 2.0;
    return factor * deviation / sqrt((double)n);
}

static void mean_and_half(const report *r, double *const *traces, size_t i, double *mean,
                          double *half) {
    double sum = 0;
    double squares = 0;
    for (size_t k = 0; k < r->run_count; k++)
        sum += traces[k][i];
    *mean = sum / (double)r->run_count;
    for (size_t k = 0; k < r->run_count; k++)
        squares += (traces[k][i] - *mean) * (traces[k][i] - *mean);
    *half = half_width(sqrt(squares / (double)(r->run_count - 1)), r->run_count);
}

static void write_mean(const report *r, const chart *c, double *const *traces,
                       size_t shortest_run) {
    double mean;
    double half;
    fputs("<polygon class=\"band\" points=\"", r->out);
    for (size_t i = 0; i < shortest_run; i++) {
        mean_and_half(r, traces, i, &mean, &half);
        fprintf(r->out, "%.1f,%.1f ", chart_x(c, (double)i + 1),
                chart_y(c, chart_inside(c, mean + half)));
    }
    for (size_t i = shortest_run; i-- > 0;) {
        mean_and_half(r, traces, i, &mean, &half);
        fprintf(r->out, "%.1f,%.1f ", chart_x(c, (double)i + 1),
                chart_y(c, chart_inside(c, mean - half)));
    }
    fputs("\"/>\n<polyline class=\"mean\" points=\"", r->out);
    for (size_t i = 0; i < shortest_run; i++) {
        mean_and_half(r, traces, i, &mean, &half);
        fprintf(r->out, "%.1f,%.1f ", chart_x(c, (double)i + 1), chart_y(c, mean));
    }
    fputs("\"/>\n", r->out);
}

static void write_traces(const report *r, const chart *c, double *const *traces) {
    for (size_t k = 0; k < r->run_count; k++) {
        fputs("<polyline class=\"line\" stroke=\"", r->out);
        fprintf(r->out, "hsl(%zu 60%% 50%%)", (k * 137 + 210) % 360);
        fputs("\" points=\"", r->out);
        for (size_t i = 0; i < r->runs[k].count; i++)
            fprintf(r->out, "%.1f,%.1f ", chart_x(c, (double)i + 1), chart_y(c, traces[k][i]));
        fputs("\"><title>", r->out);
        write_escaped(r->out, r->runs[k].path);
        fprintf(r->out, ": %.10g</title></polyline>\n",
                r->runs[k].count > 0 ? traces[k][r->runs[k].count - 1] : 0.0);
    }
}

static void write_hypervolume(const report *r) {
    double *traces[MOST_RUNS];
    chart_range across = chart_range_none();
    chart_range up = chart_range_none();
    size_t shortest_run = SIZE_MAX;
    for (size_t k = 0; k < r->run_count; k++) {
        traces[k] = hypervolumes(r, &r->runs[k]);
        shortest_run = r->runs[k].count < shortest_run ? r->runs[k].count : shortest_run;
        chart_range_add(&across, (double)r->runs[k].count);
        for (size_t i = 0; i < r->runs[k].count; i++)
            chart_range_add(&up, traces[k][i]);
    }
    chart_range_add(&across, 1);
    fputs("<section><h2>Hypervolume</h2><p>Of what was measured so far, below the worst reference "
          "point of the runs",
          r->out);
    if (r->run_count > 1)
        fputs("; thick: their mean, with its 95 % interval", r->out);
    fputs(".</p>\n", r->out);
    chart c = chart_open(r->out, "hypervolume", across, up);
    chart_labels(&c, "evaluations", "hypervolume");
    write_traces(r, &c, traces);
    if (r->run_count > 1 && shortest_run > 0)
        write_mean(r, &c, traces, shortest_run);
    chart_close(&c);
    fputs("</section>\n", r->out);
    for (size_t k = 0; k < r->run_count; k++)
        free(traces[k]);
}

/* -- values of good sub-networks ----------------------------------------------------------------
 */

typedef struct tally {
    const linas_space *space;
    size_t group;
    linas_group_info info;
    double *counts; /* by value, of active variables */
    double total;
} tally;

static void count_genome(tally *t, const int32_t *genome, uint8_t *active) {
    if (linas_space_active(t->space, genome, active) != LINAS_OK)
        return;
    for (size_t slot = 0; slot < t->info.slots; slot++) {
        size_t variable = t->info.first_variable + slot;
        if (!active[variable])
            continue;
        t->counts[genome[variable]]++;
        t->total++;
    }
}

static tally new_tally(const linas_space *space, size_t group) {
    tally t = {space, group, LINAS_GROUP_INFO_INIT, NULL, 0};
    linas_space_group(space, group, &t.info);
    t.counts = get_memory(t.info.values, sizeof *t.counts);
    for (size_t i = 0; i < t.info.values; i++)
        t.counts[i] = 0;
    return t;
}

static void write_group_values(const report *r, const tally *all, const tally *best) {
    for (size_t i = 0; i < all->info.values && i < 24; i++) {
        char *label = value_text(all->space, all->group, &all->info, i);
        double share = best->total > 0 ? best->counts[i] / best->total : 0;
        double other = all->total > 0 ? all->counts[i] / all->total : 0;
        fputs("<tr><td>", r->out);
        write_escaped(r->out, i == 0 ? all->info.name : "");
        fputs("</td><td>", r->out);
        write_escaped(r->out, label);
        fprintf(r->out,
                "</td><td><span class=\"bar\" style=\"width:%.0fpx\"></span>%.0f %%</td>"
                "<td><span class=\"bar other\" style=\"width:%.0fpx\"></span>%.0f %%</td></tr>\n",
                150 * share, 100 * share, 150 * other, 100 * other);
        free(label);
    }
}

static void write_values(const report *r) {
    const run *one = &r->runs[0];
    const linas_space *space = linas_search_space(one->search);
    uint8_t *active = get_memory(linas_space_variables(space) + 1, 1);
    linas_front *front = NULL;
    linas_evaluation member = LINAS_EVALUATION_INIT;
    if (linas_search_front(one->search, &front) != LINAS_OK)
        front = NULL;
    fputs(
        "<section><h2>Values of good sub-networks</h2><p>Shares among the active variables of the "
        "front, and of all that was measured.</p><table class=\"values\"><tr><th>group</th>"
        "<th>value</th><th>front</th><th>all</th></tr>\n",
        r->out);
    for (size_t g = 0; g < linas_space_groups(space); g++) {
        tally all = new_tally(space, g);
        tally best = new_tally(space, g);
        for (size_t i = 0; i < one->count; i++)
            if (one->all[i].outcome == LINAS_EVALUATION_OK)
                count_genome(&all, one->all[i].genome, active);
        for (size_t i = 0; front && linas_front_get(front, i, &member) == LINAS_OK; i++)
            count_genome(&best, member.genome, active);
        write_group_values(r, &all, &best);
        free(all.counts);
        free(best.counts);
    }
    fputs("</table></section>\n", r->out);
    linas_front_destroy(front);
    free(active);
}

/* -- failures, drift, facts ---------------------------------------------------------------------
 */

static const char *outcome_name(int32_t outcome) {
    static const char *const names[] = {"measured", "failed", "infeasible", "timed out",
                                        "cancelled"};
    return outcome >= 0 && outcome < 5 ? names[outcome] : "other";
}

/* How many evaluations of the first run share outcome and reason with evaluation `i`; 0 if an
 * earlier one does. */
static size_t alike(const run *one, size_t i) {
    size_t count = 0;
    for (size_t k = 0; k < one->count; k++) {
        const char *a = one->all[i].reason ? one->all[i].reason : "";
        const char *b = one->all[k].reason ? one->all[k].reason : "";
        if (one->all[k].outcome != one->all[i].outcome || strcmp(a, b) != 0)
            continue;
        if (k < i)
            return 0;
        count++;
    }
    return count;
}

static void write_failures(const report *r) {
    const run *one = &r->runs[0];
    size_t shown = 0;
    fputs("<section><h2>Outcomes</h2><table class=\"outcomes\"><tr><th>outcome</th><th>reason</th>"
          "<th>evaluations</th></tr>\n",
          r->out);
    for (size_t i = 0; i < one->count && shown < REASONS; i++) {
        size_t count = alike(one, i);
        if (count == 0)
            continue;
        shown++;
        fprintf(r->out, "<tr><td>%s</td><td>", outcome_name(one->all[i].outcome));
        write_escaped(r->out, one->all[i].reason ? one->all[i].reason : "");
        fprintf(r->out, "</td><td class=\"n\">%zu</td></tr>\n", count);
    }
    fputs("</table></section>\n", r->out);
}

static void write_drift(const report *r) {
    fputs("<section><h2>Spread and drift</h2><p>The reference sub-network, where it was measured "
          "again (option <code>remeasure</code>).</p><table class=\"drift\"><tr><th>objective</th>"
          "<th>times</th><th>first</th><th>last</th><th>change</th><th>mean</th><th>deviation</th>"
          "</tr>\n",
          r->out);
    for (size_t j = 0; j < r->objectives; j++) {
        linas_drift drift = LINAS_DRIFT_INIT;
        if (linas_search_drift(r->runs[0].search, j, &drift) != LINAS_OK)
            continue;
        char *label = label_of(r, j);
        fputs("<tr><td>", r->out);
        write_escaped(r->out, label);
        fprintf(r->out,
                "</td><td class=\"n\">%" PRIu64 "</td><td class=\"n\">%.6g</td><td class=\"n\">%.6g"
                "</td><td class=\"n\">%+.2f %%</td><td class=\"n\">%.6g</td><td class=\"n\">%.3g"
                "</td></tr>\n",
                drift.measurements, drift.first, drift.last, 100 * drift.change, drift.mean,
                drift.deviation);
        free(label);
    }
    fputs("</table></section>\n", r->out);
}

/* The journal's first line; NULL when it cannot be read. */
static json_t *header_of(const char *path) {
    json_t *header = NULL;
    FILE *stream = fopen(path, "rb");
    if (stream)
        header = json_loadf(stream, JSON_DISABLE_EOF_CHECK, NULL);
    if (stream)
        fclose(stream);
    return header;
}

static void write_json_fact(const report *r, const char *name, const json_t *value) {
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    fputs("<tr><td>", r->out);
    write_escaped(r->out, name);
    fputs("</td><td>", r->out);
    write_escaped(r->out, text ? text : "");
    fputs("</td></tr>\n", r->out);
    free(text);
}

static void write_settings(const report *r, const run *one) {
    static const char *const names[] = {"version", "seed", "fingerprint"};
    json_t *header = header_of(one->path);
    json_t *facts = json_object_get(header, "linas");
    const char *key;
    json_t *value;
    fprintf(r->out, "<table class=\"settings\"><tr><th>journal</th><th>");
    write_escaped(r->out, one->path);
    fprintf(r->out, "</th></tr>\n<tr><td>evaluations</td><td>%zu</td></tr>\n", one->count);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (json_object_get(facts, names[i]))
            write_json_fact(r, names[i], json_object_get(facts, names[i]));
    json_object_foreach(json_object_get(facts, "options"), key, value)
        write_json_fact(r, key, value);
    fputs("</table>\n", r->out);
    json_decref(header);
}

static void write_facts(const report *r) {
    fputs("<section><h2>Settings</h2><p>The same space, objectives, options, seed and answers give "
          "the same search.</p>\n",
          r->out);
    for (size_t k = 0; k < r->run_count; k++)
        write_settings(r, &r->runs[k]);
    fputs("<p>This page: ", r->out);
    write_escaped(r->out, linas_build_info());
    fputs("</p></section>\n", r->out);
}

/* -- the page ---------------------------------------------------------------------------------- */

static void write_page(const report *r) {
    fprintf(r->out, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                    "<meta name=\"viewport\" content=\"width=device-width\">"
                    "<meta name=\"color-scheme\" content=\"light dark\"><title>linas: ");
    write_escaped(r->out, r->runs[0].path);
    fprintf(r->out, "</title><style>%s</style></head><body><h1>", style);
    write_escaped(r->out, r->runs[0].path);
    if (r->run_count > 1)
        fprintf(r->out, " and %zu more", r->run_count - 1);
    fputs("</h1>\n<main>\n", r->out);
    write_front(r);
    write_hypervolume(r);
    write_predictors(r);
    write_values(r);
    write_failures(r);
    write_drift(r);
    write_facts(r);
    fputs("</main></body></html>\n", r->out);
}

static int write_to(report *r, const char *path) {
    r->out = path ? fopen(path, "wb") : stdout;
    if (!r->out)
        return fail(STATUS_FAILED, "cannot write '%s': %s", path, strerror(errno));
    write_page(r);
    bool broken = ferror(r->out) != 0;
    broken = (path ? fclose(r->out) : fflush(r->out)) != 0 || broken;
    if (broken)
        return fail(STATUS_FAILED, "cannot write '%s': %s", path ? path : "standard output",
                    strerror(errno));
    return STATUS_OK;
}

static int read_words(int count, char **words, const char **paths, size_t *path_count,
                      const char **output) {
    for (int i = 0; i < count; i++) {
        bool is_output = strcmp(words[i], "-o") == 0 || strcmp(words[i], "--output") == 0;
        if (is_output && (*output || i + 1 == count))
            return fail(STATUS_USAGE, "-o needs one file");
        if (is_output)
            *output = words[++i];
        else if (words[i][0] == '-')
            return fail(STATUS_USAGE, "unknown option '%s'", words[i]);
        else if (*path_count == MOST_RUNS)
            return fail(STATUS_USAGE, "at most %d journals", MOST_RUNS);
        else
            paths[(*path_count)++] = words[i];
    }
    return *path_count > 0 ? STATUS_OK : fail(STATUS_USAGE, "report needs a journal");
}

int report_command(int count, char **arguments) {
    const char *paths[MOST_RUNS];
    const char *output = NULL;
    size_t path_count = 0;
    int status = read_words(count, arguments, paths, &path_count, &output);
    if (status != STATUS_OK)
        return status;
    report r = {.context = open_context()};
    if (!r.context)
        return STATUS_FAILED;
    for (size_t i = 0; i < path_count && status == STATUS_OK; i++)
        status = open_run(&r, paths[i]);
    if (status == STATUS_OK) {
        find_reference(&r);
        status = write_to(&r, output);
    }
    for (size_t i = 0; i < r.run_count; i++) {
        linas_search_destroy(r.runs[i].search);
        free(r.runs[i].all);
    }
    free(r.reference);
    linas_context_destroy(r.context);
    return status;
}

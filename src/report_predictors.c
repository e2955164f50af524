/* SPDX-License-Identifier: Apache-2.0 */
/* The report's sections about predictors. A journal does not keep them; they follow from what was
 * measured, so the search's own are fitted again, iteration by iteration. */
#include "chart.h"
#include "report.h"
#include "support.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Fits at most, rows of the table, rows that the first fit needs, predictions that one quality is
 * of, and fits where the journal has no iterations with predictors. */
enum { MOST_FITS = 40, TABLE_ROWS = 8, LEAST_FIT = 8, NEXT = 20, EVEN_FITS = 8 };

/* -- the journal's facts ----------------------------------------------------------------------- */

typedef struct facts {
    json_t *header;
    uint64_t *starts; /* first ids of the batches */
    size_t count;
} facts;

static void take_line(facts *f, const char *line, size_t length) {
    json_t *value = json_loadb(line, length, 0, NULL);
    const char *type = json_string_value(json_object_get(value, "type"));
    if (json_object_get(value, "linas") && !f->header)
        f->header = json_incref(json_object_get(value, "linas"));
    if (type && strcmp(type, "proposals") == 0) {
        f->starts = more_memory(f->starts, f->count + 1, sizeof *f->starts);
        f->starts[f->count++] = (uint64_t)json_integer_value(json_object_get(value, "first_id"));
    }
    json_decref(value);
}

static facts read_facts(const char *path) {
    facts f = {NULL, NULL, 0};
    char *text = NULL;
    size_t length = 0;
    if (read_file(path, &text, &length) != STATUS_OK)
        return f;
    for (size_t at = 0; at < length;) {
        const char *end = memchr(text + at, '\n', length - at);
        size_t bytes = end ? (size_t)(end - text) - at : length - at;
        take_line(&f, text + at, bytes);
        at += bytes + 1;
    }
    free(text);
    return f;
}

static void free_facts(facts *f) {
    json_decref(f->header);
    free(f->starts);
}

/* The place of a text among `count` names; 0, which is "auto", for what is not there. */
static int32_t number_of(const json_t *text, const char *const *names, int32_t count) {
    const char *word = json_string_value(text);
    for (int32_t i = 0; word && i < count; i++)
        if (strcmp(word, names[i]) == 0)
            return i;
    return 0;
}

static const char *const models[] = {"auto", "ridge", "SVR", "the host's", "Gaussian process"};

/* As the search makes its predictors; the host's own are not at hand. */
static linas_predictor_options options_of(const facts *f) {
    static const char *const kinds[] = {"auto", "ridge", "svr", "custom", "gp"};
    static const char *const targets[] = {"auto", "raw", "log", "rank"};
    linas_predictor_options options = LINAS_PREDICTOR_OPTIONS_INIT;
    const json_t *chosen = json_object_get(f->header, "options");
    const json_t *seed = json_object_get(f->header, "seed");
    options.model = number_of(json_object_get(chosen, "predictor"), kinds, 5);
    options.target = number_of(json_object_get(chosen, "target"), targets, 4);
    options.seed = json_is_string(seed) ? strtoull(json_string_value(seed), NULL, 10)
                                        : (uint64_t)json_integer_value(seed);
    return options;
}

static const json_t *objective_facts(const facts *f, size_t objective) {
    return json_array_get(json_object_get(f->header, "objectives"), objective);
}

static bool says(const json_t *object, const char *key, const char *word) {
    const char *text = json_string_value(json_object_get(object, key));
    return text && strcmp(text, word) == 0;
}

/* -- fitting again ----------------------------------------------------------------------------- */

typedef struct fit {
    size_t rows; /* that it knew */
    linas_predictor_quality quality;
    double next_tau; /* of the measurements that followed, each by the last fit before it */
    double next_error;
} fit;

/* The successful evaluations of the first run by id, as predictors take them. */
typedef struct samples {
    size_t rows;
    size_t variables;
    uint64_t *ids;
    int32_t *genomes;
    double *targets;
    double *predicted; /* by a fit on rows before it; NaN where there was none */
    fit fits[MOST_FITS];
    size_t fit_count;
} samples;

static int by_id(const void *a, const void *b) {
    const linas_evaluation *const *one = a;
    const linas_evaluation *const *other = b;
    return ((*one)->id > (*other)->id) - ((*one)->id < (*other)->id);
}

static samples collect(const run *one, size_t objective) {
    samples s = {.variables = linas_space_variables(linas_search_space(one->search))};
    const linas_evaluation **order = get_memory(one->count + 1, sizeof *order);
    s.ids = get_memory(one->count + 1, sizeof *s.ids);
    s.genomes = get_memory(one->count * s.variables + 1, sizeof *s.genomes);
    s.targets = get_memory(one->count + 1, sizeof *s.targets);
    s.predicted = get_memory(one->count + 1, sizeof *s.predicted);
    for (size_t i = 0; i < one->count; i++)
        if (one->all[i].outcome == LINAS_EVALUATION_OK)
            order[s.rows++] = &one->all[i];
    qsort(order, s.rows, sizeof *order, by_id);
    for (size_t i = 0; i < s.rows; i++) {
        s.ids[i] = order[i]->id;
        memcpy(s.genomes + i * s.variables, order[i]->genome, s.variables * sizeof *s.genomes);
        s.targets[i] = order[i]->values[objective];
        s.predicted[i] = NAN;
    }
    free(order);
    return s;
}

static void free_samples(samples *s) {
    free(s->ids);
    free(s->genomes);
    free(s->targets);
    free(s->predicted);
}

static size_t rows_before(const samples *s, uint64_t id) {
    size_t rows = 0;
    while (rows < s->rows && s->ids[rows] < id)
        rows++;
    return rows;
}

static void add_place(size_t *places, size_t *count, size_t rows, size_t all) {
    if (rows >= LEAST_FIT && rows < all && (*count == 0 || rows > places[*count - 1]))
        places[(*count)++] = rows;
}

/* How many rows the search knew when it fitted: at each batch; evenly where that tells nothing. */
static size_t *fit_places(const samples *s, const facts *f, size_t *count) {
    size_t *places = get_memory(f->count + EVEN_FITS, sizeof *places);
    *count = 0;
    for (size_t i = 0; i < f->count; i++)
        add_place(places, count, rows_before(s, f->starts[i]), s->rows);
    if (*count < 2) {
        *count = 0;
        for (size_t k = 1; k <= EVEN_FITS; k++)
            add_place(places, count, s->rows * k / (EVEN_FITS + 1), s->rows);
    }
    size_t kept = *count < MOST_FITS ? *count : MOST_FITS;
    for (size_t k = 0; k < kept; k++)
        places[k] = places[k * *count / kept];
    *count = kept;
    return places;
}

static void fit_and_predict(samples *s, linas_predictor *predictor, size_t from, size_t to) {
    fit *one = &s->fits[s->fit_count];
    *one = (fit){.rows = from, .quality = LINAS_PREDICTOR_QUALITY_INIT};
    if (linas_predictor_fit(predictor, s->genomes, s->targets, from) != LINAS_OK ||
        linas_predictor_get_quality(predictor, &one->quality) != LINAS_OK)
        return;
    s->fit_count++;
    linas_predictor_predict(predictor, s->genomes + from * s->variables, to - from,
                            s->predicted + from, NULL);
}

static void judge(const report *r, samples *s) {
    for (size_t k = 0; k < s->fit_count; k++) {
        size_t from = s->fits[k].rows;
        size_t rows = s->rows - from < NEXT ? s->rows - from : NEXT;
        s->fits[k].next_tau = NAN;
        linas_metric_kendall_tau(r->context, s->targets + from, s->predicted + from, rows,
                                 &s->fits[k].next_tau);
        s->fits[k].next_error = linas_metric_mape(s->targets + from, s->predicted + from, rows);
    }
}

static void replay(const report *r, samples *s, const facts *f) {
    linas_predictor_options options = options_of(f);
    linas_predictor *predictor = NULL;
    size_t count;
    size_t *places = fit_places(s, f, &count);
    if (count > 0 && linas_predictor_create(linas_search_space(r->runs[0].search), &options,
                                            &predictor) == LINAS_OK)
        for (size_t k = 0; k < count; k++)
            fit_and_predict(s, predictor, places[k], k + 1 < count ? places[k + 1] : s->rows);
    judge(r, s);
    linas_predictor_destroy(predictor);
    free(places);
}

/* -- the sections ------------------------------------------------------------------------------ */

static void write_table(const report *r, const samples *s) {
    size_t rows = s->fit_count < TABLE_ROWS ? s->fit_count : TABLE_ROWS;
    fprintf(r->out,
            "<table class=\"predictor\"><tr><th>fitted on</th><th>model</th>"
            "<th>Kendall tau</th><th>of the next %d</th><th>their error</th></tr>\n",
            NEXT);
    for (size_t k = 0; k < rows; k++) {
        const fit *one = &s->fits[rows > 1 ? k * (s->fit_count - 1) / (rows - 1) : 0];
        fprintf(r->out,
                "<tr><td class=\"n\">%zu</td><td>%s</td><td class=\"n\">%.3f</td>"
                "<td class=\"n\">%.3f</td><td class=\"n\">%.2f %%</td></tr>\n",
                one->rows, models[one->quality.model], one->quality.kendall_tau, one->next_tau,
                one->next_error);
    }
    fputs("</table>\n", r->out);
}

static void write_quality_line(const report *r, const chart *c, const samples *s, bool next) {
    fprintf(r->out, "<polyline class=\"quality %s\" points=\"", next ? "next" : "own");
    for (size_t k = 0; k < s->fit_count; k++) {
        double tau = next ? s->fits[k].next_tau : s->fits[k].quality.kendall_tau;
        if (isfinite(tau))
            fprintf(r->out, "%.1f,%.1f ", chart_x(c, (double)s->fits[k].rows), chart_y(c, tau));
    }
    fputs("\"/>\n", r->out);
}

static void write_quality(const report *r, size_t objective, const samples *s) {
    chart_range across = chart_range_none();
    chart_range up = chart_range_none();
    char name[32];
    chart_range_add(&up, 0);
    chart_range_add(&up, 1);
    for (size_t k = 0; k < s->fit_count; k++) {
        chart_range_add(&across, (double)s->fits[k].rows);
        chart_range_add(&up, s->fits[k].next_tau);
        chart_range_add(&up, s->fits[k].quality.kendall_tau);
    }
    snprintf(name, sizeof name, "quality-%zu", objective);
    chart c = chart_open(r->out, name, across, up);
    chart_labels(&c, "measurements that the predictor was fitted on", "Kendall tau");
    write_quality_line(r, &c, s, false);
    write_quality_line(r, &c, s, true);
    chart_close(&c);
}

static void write_predicted(const report *r, size_t objective, const samples *s,
                            const char *label) {
    chart_range range = chart_range_none();
    char name[32];
    for (size_t i = 0; i < s->rows; i++) {
        if (isnan(s->predicted[i]))
            continue;
        chart_range_add(&range, s->predicted[i]);
        chart_range_add(&range, s->targets[i]);
    }
    snprintf(name, sizeof name, "predicted-%zu", objective);
    char *x_label = make_text("measured: %s", label);
    chart c = chart_open(r->out, name, range, range);
    chart_labels(&c, x_label, "predicted");
    fprintf(r->out, "<path class=\"even\" d=\"M%.1f %.1fL%.1f %.1f\"/>\n", chart_x(&c, c.x_low),
            chart_y(&c, c.x_low), chart_x(&c, c.x_high), chart_y(&c, c.x_high));
    for (size_t i = 0; i < s->rows; i++) {
        if (isnan(s->predicted[i]))
            continue;
        fprintf(r->out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\" fill=\"",
                chart_x(&c, s->targets[i]), chart_y(&c, s->predicted[i]));
        chart_colour(r->out, (double)i / (double)s->rows);
        fprintf(r->out, "\"><title>%.9g, predicted %.9g</title></circle>\n", s->targets[i],
                s->predicted[i]);
    }
    chart_close(&c);
    free(x_label);
}

static void write_section(const report *r, const facts *f, size_t objective) {
    samples s = collect(&r->runs[0], objective);
    char *label = label_of(r, objective);
    replay(r, &s, f);
    fputs("<section><h2>Predictor of ", r->out);
    write_escaped(r->out, label);
    fprintf(r->out,
            "</h2><p>As the search fits it in its iterations, here in at most %d of them; each "
            "measurement is predicted by the last fit before it. Kendall tau: blue, "
            "cross-validated within what was fitted; orange, of the next %d measurements.</p>\n",
            MOST_FITS, NEXT);
    if (says(objective_facts(f, objective), "predictor", "host"))
        fputs("<p>The search used a predictor of its host; this is the library's.</p>\n", r->out);
    write_table(r, &s);
    write_quality(r, objective, &s);
    write_predicted(r, objective, &s, label);
    fputs("</section>\n", r->out);
    free(label);
    free_samples(&s);
}

void write_predictors(const report *r) {
    facts f = read_facts(r->runs[0].path);
    for (size_t j = 0; j < r->objectives; j++)
        if (!says(objective_facts(&f, j), "source", "computed"))
            write_section(r, &f, j);
    free_facts(&f);
}

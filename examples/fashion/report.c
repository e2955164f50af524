/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"
#include "picture.h"
#include "progress.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fill_row(report_row *row, host *h, const int32_t *genome, const image_set *test) {
    const measurement *m = host_measure(h, genome);
    if (!m ||
        linas_space_config_to_json(h->space, genome, row->json, sizeof row->json, NULL) != LINAS_OK)
        return -1;
    row->config = host_config(h, genome);
    row->validation = m->accuracy;
    row->latency = m->latency;
    row->macs = subnet_macs(&row->config);
    row->test = host_accuracy(h, &row->config, test);
    return row->test < 0.0 ? -1 : 0;
}

/* The genome of all first or all last values: values rise with size in every group. */
static void extreme_genome(const host *h, int largest, int32_t *genome) {
    for (size_t i = 0; i < linas_space_variables(h->space); i++)
        genome[i] = largest ? (int32_t)linas_space_value_count(h->space, i) - 1 : 0;
}

static int fill_extremes(report *r, host *h, const image_set *test) {
    int32_t *genome = calloc(linas_space_variables(h->space), sizeof *genome);
    int failed = !genome;
    for (int largest = 0; largest < 2 && !failed; largest++) {
        extreme_genome(h, largest, genome);
        failed = fill_row(largest ? &r->largest : &r->smallest, h, genome, test);
    }
    free(genome);
    return failed ? -1 : 0;
}

static int fill_front(report *r, host *h, const linas_search *search, const image_set *test) {
    linas_front *front = NULL;
    if (linas_search_front(search, &front) != LINAS_OK)
        return -1;
    r->front_size = linas_front_size(front);
    r->front = calloc(r->front_size + 1, sizeof *r->front);
    int failed = !r->front;
    progress line = progress_start("testing the front", (double)r->front_size);
    for (size_t i = 0; i < r->front_size && !failed; i++) {
        linas_evaluation member = LINAS_EVALUATION_INIT;
        failed = linas_front_get(front, i, &member) != LINAS_OK ||
                 fill_row(&r->front[i], h, member.genome, test);
        progress_show(&line, (double)i + 1.0, "sub-networks on the test images");
    }
    progress_end(&line);
    linas_front_destroy(front);
    return failed ? -1 : 0;
}

static int fill_evaluations(report *r, const linas_search *search) {
    size_t count = (size_t)linas_search_evaluations(search);
    r->accuracies = calloc(count + 1, sizeof *r->accuracies);
    r->latencies = calloc(count + 1, sizeof *r->latencies);
    for (size_t i = 0; i < count && r->accuracies && r->latencies; i++) {
        linas_evaluation e = LINAS_EVALUATION_INIT;
        if (linas_search_evaluation(search, i, &e) != LINAS_OK || e.outcome != LINAS_EVALUATION_OK)
            continue;
        r->accuracies[r->evaluations] = e.values[0];
        r->latencies[r->evaluations++] = e.values[1];
    }
    return r->accuracies && r->latencies ? 0 : -1;
}

int report_create(report *r, host *h, const linas_search *search, const image_set *test) {
    memset(r, 0, sizeof *r);
    return fill_evaluations(r, search) || fill_front(r, h, search, test) ||
                   fill_extremes(r, h, test)
               ? -1
               : 0;
}

void report_free(report *r) {
    free(r->front);
    free(r->accuracies);
    free(r->latencies);
}

/* -- table
 * ----------------------------------------------------------------------------------------- */

static void print_config(const subnet_config *c) {
    for (int s = 0; s < STAGES; s++) {
        printf("%s", s ? " | " : "");
        for (int i = 0; i < c->depth[s]; i++)
            printf("%sk%de%d", i ? " " : "", c->kernel[s * STAGE_LAYERS + i],
                   c->expansion[s * STAGE_LAYERS + i]);
    }
}

static void print_row(const char *name, const report_row *row) {
    printf("%-9s %9.2f %9.2f %11.4f %8.1f %8.2f  ", name, row->validation, row->test,
           row->latency.milliseconds, 100.0 * row->latency.spread, row->macs / 1e6);
    print_config(&row->config);
    putchar('\n');
}

void report_print(const report *r) {
    printf("%-9s %9s %9s %11s %8s %8s  %s\n", "", "val %", "test %", "latency ms", "spread %",
           "MMACs", "layers of each stage (kernel, expansion)");
    print_row("largest", &r->largest);
    for (size_t i = 0; i < r->front_size; i++) {
        char name[32];
        snprintf(name, sizeof name, "front %zu", i + 1);
        print_row(name, &r->front[i]);
    }
    print_row("smallest", &r->smallest);
}

/* -- files
 * ----------------------------------------------------------------------------------------- */

static FILE *open_file(const char *folder, const char *name) {
    char path[4200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    if (!file)
        fprintf(stderr, "fashion: cannot write %s: %s\n", path, strerror(errno));
    return file;
}

static void write_csv(const report *r, FILE *file) {
    fprintf(file, "validation_accuracy_pct,test_accuracy_pct,latency_ms,latency_spread,macs");
    for (int i = 0; i < LAYERS; i++)
        fprintf(file, ",ks%d,e%d", i, i);
    fprintf(file, ",d0,d1,d2\n");
    for (size_t n = 0; n < r->front_size; n++) {
        const report_row *row = &r->front[n];
        fprintf(file, "%.4f,%.4f,%.6f,%.4f,%.0f", row->validation, row->test,
                row->latency.milliseconds, row->latency.spread, row->macs);
        for (int i = 0; i < LAYERS; i++)
            fprintf(file, ",%d,%d", row->config.kernel[i], row->config.expansion[i]);
        fprintf(file, ",%d,%d,%d\n", row->config.depth[0], row->config.depth[1],
                row->config.depth[2]);
    }
}

static void write_jsonl(const report *r, FILE *file) {
    for (size_t n = 0; n < r->front_size; n++) {
        const report_row *row = &r->front[n];
        fprintf(file,
                "{\"config\":%s,\"validation_accuracy\":%.4f,\"test_accuracy\":%.4f,"
                "\"latency_ms\":%.6f,\"latency_spread\":%.4f,\"macs\":%.0f}\n",
                row->json, row->validation, row->test, row->latency.milliseconds,
                row->latency.spread, row->macs);
    }
}

static int close_file(FILE *file) {
    return file ? fclose(file) : -1;
}

int report_write(const report *r, const char *folder) {
    FILE *csv = open_file(folder, "front.csv");
    FILE *jsonl = open_file(folder, "front.jsonl");
    FILE *svg = open_file(folder, "front.svg");
    if (csv && jsonl && svg) {
        write_csv(r, csv);
        write_jsonl(r, jsonl);
        picture_write(r, svg);
    }
    int failed = close_file(csv);
    failed = close_file(jsonl) || failed;
    return close_file(svg) || failed ? -1 : 0;
}

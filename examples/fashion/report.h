/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FASHION_REPORT_H
#define FASHION_REPORT_H
/* What a search found, as a table, as CSV, as JSON lines and as a picture. */
#include "host.h"

typedef struct report_row {
    subnet_config config;
    char json[512]; /* the configuration */
    double validation;
    double test;
    double macs;
    latency latency;
} report_row;

typedef struct report {
    report_row *front;
    size_t front_size;
    report_row largest, smallest;
    /* every evaluation in order, for the picture */
    double *accuracies;
    double *latencies;
    size_t evaluations;
} report;

/* Scores the front, the largest and the smallest sub-network on the test images. 0 on success. */
int report_create(report *r, host *h, const linas_search *search, const image_set *test);
void report_free(report *r);

void report_print(const report *r);
/* Writes front.csv, front.jsonl and front.svg into `folder`; 0 on success. */
int report_write(const report *r, const char *folder);

#endif

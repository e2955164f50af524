/* SPDX-License-Identifier: Apache-2.0 */
#include "picture.h"

#include <math.h>
#include <stdlib.h>

enum { WIDTH = 760, HEIGHT = 480, LEFT = 70, RIGHT = 24, TOP = 44, BOTTOM = 56 };

typedef struct axis {
    double low, high, step;
    double from, to; /* on the paper */
} axis;

/* A range with round ends around what is to be shown. */
static axis make_axis(double low, double high, double from, double to) {
    double span = high > low ? high - low : 1.0, power = pow(10.0, floor(log10(span / 5.0)));
    double raw = span / 5.0 / power, step = (raw < 1.5 ? 1 : raw < 3.5 ? 2 : raw < 7.5 ? 5 : 10);
    axis a = {0, 0, step * power, from, to};
    a.low = floor(low / a.step) * a.step;
    a.high = ceil(high / a.step) * a.step;
    return a;
}

static double place(const axis *a, double value) {
    return a->from + (value - a->low) / (a->high - a->low) * (a->to - a->from);
}

typedef struct canvas {
    FILE *file;
    axis x, y;
} canvas;

static void write_axes(const canvas *c) {
    for (double v = c->x.low; v <= c->x.high + 1e-9; v += c->x.step)
        fprintf(c->file,
                "<line class='grid' x1='%.1f' y1='%d' x2='%.1f' y2='%d'/>"
                "<text x='%.1f' y='%d' text-anchor='middle'>%g</text>\n",
                place(&c->x, v), TOP, place(&c->x, v), HEIGHT - BOTTOM, place(&c->x, v),
                HEIGHT - BOTTOM + 18, round(v * 1e6) / 1e6);
    for (double v = c->y.low; v <= c->y.high + 1e-9; v += c->y.step)
        fprintf(c->file,
                "<line class='grid' x1='%d' y1='%.1f' x2='%d' y2='%.1f'/>"
                "<text x='%d' y='%.1f' text-anchor='end'>%g</text>\n",
                LEFT, place(&c->y, v), WIDTH - RIGHT, place(&c->y, v), LEFT - 8,
                place(&c->y, v) + 4, round(v * 1e6) / 1e6);
    fprintf(c->file,
            "<text x='%d' y='%d' text-anchor='middle'>latency, ms (batch 1, one thread)"
            "</text>\n",
            (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14);
    fprintf(c->file,
            "<text transform='translate(18 %d) rotate(-90)' text-anchor='middle'>"
            "validation accuracy, %%</text>\n",
            (TOP + HEIGHT - BOTTOM) / 2);
}

static void write_evaluations(const canvas *c, const report *r) {
    for (size_t i = 0; i < r->evaluations; i++) {
        double age = r->evaluations > 1 ? (double)i / (double)(r->evaluations - 1) : 1.0;
        fprintf(c->file,
                "<circle cx='%.1f' cy='%.1f' r='3' fill='hsl(%.0f 70%% 55%%)'>"
                "<title>evaluation %zu: %.2f %%, %.4f ms</title></circle>\n",
                place(&c->x, r->latencies[i]), place(&c->y, r->accuracies[i]), 220.0 - 200.0 * age,
                i + 1, r->accuracies[i], r->latencies[i]);
    }
}

static int by_latency(const void *a, const void *b) {
    double x = ((const report_row *)a)->latency.milliseconds;
    double y = ((const report_row *)b)->latency.milliseconds;
    return (x > y) - (x < y);
}

static void write_front(const canvas *c, const report *r) {
    qsort(r->front, r->front_size, sizeof *r->front, by_latency);
    fprintf(c->file, "<polyline class='front' points='");
    for (size_t i = 0; i < r->front_size; i++)
        fprintf(c->file, "%.1f,%.1f ", place(&c->x, r->front[i].latency.milliseconds),
                place(&c->y, r->front[i].validation));
    fprintf(c->file, "'/>\n");
    for (size_t i = 0; i < r->front_size; i++)
        fprintf(c->file,
                "<circle class='member' cx='%.1f' cy='%.1f' r='4.5'><title>%.2f %% (test "
                "%.2f %%), %.4f ms</title></circle>\n",
                place(&c->x, r->front[i].latency.milliseconds),
                place(&c->y, r->front[i].validation), r->front[i].validation, r->front[i].test,
                r->front[i].latency.milliseconds);
}

static void write_reference(const canvas *c, const report_row *row, const char *name) {
    double x = place(&c->x, row->latency.milliseconds), y = place(&c->y, row->validation);
    fprintf(c->file,
            "<path class='reference' d='M%.1f %.1fl5 5l-5 5l-5 -5z'/>"
            "<text x='%.1f' y='%.1f' text-anchor='%s'>%s</text>\n",
            x, y - 5, x, y + 20, x > WIDTH / 2.0 ? "end" : "start", name);
}

void picture_write(const report *r, FILE *file) {
    double low = r->smallest.validation, high = r->largest.validation;
    double most = r->largest.latency.milliseconds;
    for (size_t i = 0; i < r->evaluations; i++) {
        low = fmin(low, r->accuracies[i]);
        high = fmax(high, r->accuracies[i]);
        most = fmax(most, r->latencies[i]);
    }
    canvas c = {file, make_axis(0.0, most, LEFT, WIDTH - RIGHT),
                make_axis(low, high, HEIGHT - BOTTOM, TOP)};
    fprintf(file,
            "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' font-family='sans-serif' "
            "font-size='12'>\n<style>"
            "svg{background:#fff;color:#222}text{fill:currentColor}.grid{stroke:currentColor;"
            "stroke-opacity:.15}.front{fill:none;stroke:currentColor;stroke-width:1.5}"
            ".member{fill:none;stroke:currentColor;stroke-width:1.5}"
            ".reference{fill:currentColor}"
            "@media(prefers-color-scheme:dark){svg{background:#181818;color:#ddd}}"
            "</style>\n<text x='%d' y='24' font-size='15'>Sub-networks measured by the search, "
            "blue to red in their order, and the front</text>\n",
            WIDTH, HEIGHT, LEFT);
    write_axes(&c);
    write_evaluations(&c, r);
    write_front(&c, r);
    write_reference(&c, &r->largest, "largest");
    write_reference(&c, &r->smallest, "smallest");
    fprintf(file, "</svg>\n");
}

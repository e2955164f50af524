/* SPDX-License-Identifier: Apache-2.0 */
/* Charts as SVG, coloured by the page's style sheet. */
#include "chart.h"

#include <math.h>

enum { WIDTH = 640, HEIGHT = 400, LEFT = 70, RIGHT = 625, TOP = 12, BOTTOM = 352, TICKS = 6 };

chart_range chart_range_none(void) {
    return (chart_range){INFINITY, -INFINITY};
}

void chart_range_add(chart_range *range, double value) {
    if (!isfinite(value))
        return;
    range->low = fmin(range->low, value);
    range->high = fmax(range->high, value);
}

void write_escaped(FILE *out, const char *text) {
    for (const char *c = text; *c; c++) {
        switch (*c) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        default:
            if ((unsigned char)*c >= 32 || *c == '\n')
                putc(*c, out);
        }
    }
}

void chart_colour(FILE *out, double share) {
    fprintf(out, "hsl(%.0f 70%% %.0f%%)", fmod(230.0 + 180.0 * share, 360.0), 45.0 + 10.0 * share);
}

static chart_range with_room(chart_range range) {
    if (!(range.low <= range.high))
        return (chart_range){0, 1};
    double room = 0.04 * (range.high - range.low);
    if (room <= 0)
        room = range.low != 0 ? 0.05 * fabs(range.low) : 1;
    return (chart_range){range.low - room, range.high + room};
}

double chart_inside(const chart *c, double value) {
    return fmin(fmax(value, c->y_low), c->y_high);
}

double chart_x(const chart *c, double value) {
    return LEFT + (value - c->x_low) / (c->x_high - c->x_low) * (RIGHT - LEFT);
}

double chart_y(const chart *c, double value) {
    return BOTTOM - (value - c->y_low) / (c->y_high - c->y_low) * (BOTTOM - TOP);
}

/* A round step: 1, 2 or 5 times a power of ten. */
static double tick_step(double low, double high) {
    double rough = (high - low) / TICKS;
    double unit = pow(10, floor(log10(rough)));
    double times = rough / unit;
    return unit * (times <= 1 ? 1 : times <= 2 ? 2 : times <= 5 ? 5 : 10);
}

static void x_axis(const chart *c) {
    double step = tick_step(c->x_low, c->x_high);
    for (double k = ceil(c->x_low / step); k * step <= c->x_high; k++) {
        double x = chart_x(c, k * step);
        fprintf(c->out,
                "<path class=\"grid\" d=\"M%.1f %dV%d\"/>"
                "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.6g</text>\n",
                x, TOP, BOTTOM, x, BOTTOM + 16, k * step + 0.0); /* no minus zero */
    }
}

static void y_axis(const chart *c) {
    double step = tick_step(c->y_low, c->y_high);
    for (double k = ceil(c->y_low / step); k * step <= c->y_high; k++) {
        double y = chart_y(c, k * step);
        fprintf(c->out,
                "<path class=\"grid\" d=\"M%d %.1fH%d\"/>"
                "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.6g</text>\n",
                LEFT, y, RIGHT, LEFT - 6, y + 4, k * step + 0.0);
    }
}

chart chart_open(FILE *out, const char *name, chart_range x, chart_range y) {
    chart_range across = with_room(x);
    chart_range up = with_room(y);
    chart c = {out, across.low, across.high, up.low, up.high};
    fprintf(out, "<svg id=\"%s\" viewBox=\"0 0 %d %d\" role=\"img\">\n", name, WIDTH, HEIGHT);
    x_axis(&c);
    y_axis(&c);
    fprintf(out, "<path class=\"axis\" d=\"M%d %dV%dH%d\"/>\n", LEFT, TOP, BOTTOM, RIGHT);
    return c;
}

void chart_labels(const chart *c, const char *x, const char *y) {
    fprintf(c->out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">", (LEFT + RIGHT) / 2,
            HEIGHT - 10);
    write_escaped(c->out, x);
    fprintf(c->out,
            "</text><text transform=\"translate(14 %d) rotate(-90)\" text-anchor=\"middle\">",
            (TOP + BOTTOM) / 2);
    write_escaped(c->out, y);
    fputs("</text>\n", c->out);
}

void chart_close(const chart *c) {
    fputs("</svg>\n", c->out);
}

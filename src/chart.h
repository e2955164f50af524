/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LINAS_COMMAND_CHART_H
#define LINAS_COMMAND_CHART_H
/* Charts as SVG: a frame with axes, and from values to places in it. */
#include <stdbool.h>
#include <stdio.h>

typedef struct chart {
    FILE *out;
    double x_low, x_high;
    double y_low, y_high;
} chart;

/* Makes a range that holds a value; start with chart_range_none(). */
typedef struct chart_range {
    double low, high;
} chart_range;
chart_range chart_range_none(void);
void chart_range_add(chart_range *range, double value);

/* Writes the frame; `x` and `y` are what will be shown, a little room is added. */
chart chart_open(FILE *out, const char *name, chart_range x, chart_range y);
void chart_labels(const chart *c, const char *x, const char *y);
void chart_close(const chart *c);
double chart_x(const chart *c, double value);
double chart_y(const chart *c, double value);
/* The y value within the frame that is nearest. */
double chart_inside(const chart *c, double value);

/* A colour by the turn of what it shows: from blue (0, first) over purple to yellow (1, last).
 * Light and dark pages both show it. */
void chart_colour(FILE *out, double share);

/* Text with the characters of HTML escaped. */
void write_escaped(FILE *out, const char *text);

#endif

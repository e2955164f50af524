/* SPDX-License-Identifier: Apache-2.0 */
#include "num/minimize.h"
#include "num/vector.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { BACKTRACKS = 12 };
static const double sufficient_decrease = 1e-4;
static const double longest_step = 2.0; /* per coordinate: the callers' variables are logarithms */

typedef struct walk {
    size_t n;
    size_t pairs; /* stored so far, at most LNS_MINIMIZE_MEMORY */
    size_t next;  /* where the next pair goes */
    double *gradient;
    double *direction;
    double *trial;
    double *trial_gradient;
    double *steps;   /* LNS_MINIMIZE_MEMORY x n */
    double *changes; /* of the gradient, likewise */
    double curvature[LNS_MINIMIZE_MEMORY];
} walk;

size_t lns_minimize_workspace(size_t n) {
    return n * (4 + 2 * LNS_MINIMIZE_MEMORY);
}

static walk make_walk(size_t n, double *workspace) {
    walk w = {.n = n};
    w.gradient = workspace;
    w.direction = workspace + n;
    w.trial = workspace + 2 * n;
    w.trial_gradient = workspace + 3 * n;
    w.steps = workspace + 4 * n;
    w.changes = w.steps + LNS_MINIMIZE_MEMORY * n;
    return w;
}

/* The two-loop recursion: direction = -H gradient. */
static void find_direction(walk *w) {
    double alpha[LNS_MINIMIZE_MEMORY];
    for (size_t i = 0; i < w->n; i++)
        w->direction[i] = -w->gradient[i];
    for (size_t age = 1; age <= w->pairs; age++) {
        size_t k = (w->next + LNS_MINIMIZE_MEMORY - age) % LNS_MINIMIZE_MEMORY;
        alpha[k] = lns_dot(w->steps + k * w->n, w->direction, w->n) / w->curvature[k];
        lns_add_scaled(w->direction, w->changes + k * w->n, -alpha[k], w->n);
    }
    if (w->pairs > 0) {
        size_t last = (w->next + LNS_MINIMIZE_MEMORY - 1) % LNS_MINIMIZE_MEMORY;
        const double *change = w->changes + last * w->n;
        double scale = w->curvature[last] / lns_dot(change, change, w->n);
        for (size_t i = 0; i < w->n; i++)
            w->direction[i] *= scale;
    }
    for (size_t age = w->pairs; age >= 1; age--) {
        size_t k = (w->next + LNS_MINIMIZE_MEMORY - age) % LNS_MINIMIZE_MEMORY;
        double beta = lns_dot(w->changes + k * w->n, w->direction, w->n) / w->curvature[k];
        lns_add_scaled(w->direction, w->steps + k * w->n, alpha[k] - beta, w->n);
    }
}

static double first_length(const walk *w) {
    double largest = 0.0;
    for (size_t i = 0; i < w->n; i++)
        largest = fmax(largest, fabs(w->direction[i]));
    if (w->pairs == 0)
        return fmin(1.0, 0.5 / largest);
    return largest > longest_step ? longest_step / largest : 1.0;
}

static void remember(walk *w, double length) {
    double *step = w->steps + w->next * w->n;
    double *change = w->changes + w->next * w->n;
    for (size_t i = 0; i < w->n; i++) {
        step[i] = length * w->direction[i];
        change[i] = w->trial_gradient[i] - w->gradient[i];
    }
    double curvature = lns_dot(step, change, w->n);
    if (!(curvature > 1e-12 * lns_dot(change, change, w->n)))
        return;
    w->curvature[w->next] = curvature;
    w->next = (w->next + 1) % LNS_MINIMIZE_MEMORY;
    if (w->pairs < LNS_MINIMIZE_MEMORY)
        w->pairs++;
}

/* One step along the direction; false when no length on it goes down. */
static bool take_step(walk *w, lns_objective_fn function, void *user_data, double *x,
                      double *value) {
    double slope = lns_dot(w->direction, w->gradient, w->n);
    if (!(slope < 0.0))
        return false;
    double length = first_length(w);
    for (int tries = 0; tries < BACKTRACKS; tries++) {
        for (size_t i = 0; i < w->n; i++)
            w->trial[i] = x[i] + length * w->direction[i];
        double reached = function(user_data, w->trial, w->trial_gradient);
        if (reached <= *value + sufficient_decrease * length * slope) {
            remember(w, length);
            *value = reached;
            memcpy(x, w->trial, w->n * sizeof *x);
            memcpy(w->gradient, w->trial_gradient, w->n * sizeof *x);
            return true;
        }
        length *= 0.35;
    }
    return false;
}

double lns_minimize(lns_objective_fn function, void *user_data, double *x, size_t n, int steps,
                    double *workspace) {
    walk w = make_walk(n, workspace);
    double value = function(user_data, x, w.gradient);
    for (int step = 0; step < steps && isfinite(value); step++) {
        double before = value;
        find_direction(&w);
        if (!take_step(&w, function, user_data, x, &value)) {
            if (w.pairs == 0)
                break;
            w.pairs = 0; /* the memory misleads: once more along the gradient */
            continue;
        }
        if (before - value < 1e-5 * (1.0 + fabs(value)))
            break;
    }
    return value;
}

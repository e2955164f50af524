/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_NUM_MINIMIZE_H
#define LNS_NUM_MINIMIZE_H
/* Minimisation of a smooth function by limited-memory BFGS (Nocedal 1980; Nocedal and Wright 2006,
 * algorithms 7.4 and 7.5) with a backtracking line search that keeps curvature positive. GSL has
 * such a minimiser too, but it is not in every build and may call its error handler. */
#include <stddef.h>

/* Value at x, gradient into `gradient`; INFINITY where the function has no value. */
typedef double (*lns_objective_fn)(void *user_data, const double *x, double *gradient);

enum { LNS_MINIMIZE_MEMORY = 8 };

/* Doubles of workspace that lns_minimize() needs for n variables. */
size_t lns_minimize_workspace(size_t n);

/* Walks from x (in place) for at most `steps` steps; returns the value reached, which is never
 * above the value at the start. */
double lns_minimize(lns_objective_fn function, void *user_data, double *x, size_t n, int steps,
                    double *workspace);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_PROBLEMS_H
#define BENCH_PROBLEMS_H
/* The problems of the sample-efficiency bench: tables and formulas that answer at once, so that
 * only the number of evaluations counts. Built into the bench and, for peers, into a shared
 * library. */
#include <linas/linas.h>
#include <stdbool.h>

enum { PROBLEM_MAX_OBJECTIVES = 2 };

typedef struct problem problem;

/* Problem `index`, or NULL beyond the last. */
const char *problem_name(size_t index);
/* Opens a problem; NULL when its data is not in `folder` (or the name is unknown), `*why` says. */
problem *problem_open(linas_context *context, const char *name, const char *folder,
                      const char **why);
void problem_close(problem *p);

const linas_space *problem_space(const problem *p);
/* Objectives with names, units and directions; `computed` ones have their function set. */
size_t problem_objectives(const problem *p, linas_objective *objectives);
/* Reference point in the objectives' own directions, and the hypervolume of the best known front.
 */
const double *problem_reference(const problem *p);
double problem_best(const problem *p);
/* Can the sub-network be measured at all? */
bool problem_fits(const problem *p, const int32_t *genome);
/* What a host would measure: `seed` draws the noise of noisy problems. */
void problem_measure(const problem *p, const int32_t *genome, uint64_t seed, double *values);
/* Without noise. */
void problem_truth(const problem *p, const int32_t *genome, double *values);

#endif

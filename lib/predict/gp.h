/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_PREDICT_GP_H
#define LNS_PREDICT_GP_H
/* Gaussian-process regression (Rasmussen and Williams 2006, chapters 2 and 5) on the features of
 * gp_features.h. With d_i in [0, 1] the distance of two configurations in feature i,
 *
 *   k(x, y) = sum of w_i (1 - d_i) + b exp(-sum of l_i d_i) + noise [same row]:
 *
 * an additive part and an interaction part, with one weight w_i and one inverse length l_i per
 * feature under log-normal priors, set by the marginal likelihood. All sums have a fixed order, so
 * that the minimiser takes the same steps on every processor. */
#include "predict/gp_features.h"

/* Rows are given by the codes of their features (features->count each), targets are standardised.
 */
typedef struct lns_gp_rows {
    const lns_gp_features *features;
    const uint16_t *codes;
    const double *targets;
    size_t count;
} lns_gp_rows;

/* Logarithms of all w_i, all l_i, of b and of the noise. */
size_t lns_gp_parameter_count(const lns_gp_features *features);
/* The centres of their priors. */
void lns_gp_start(const lns_gp_features *features, double *parameters);
/* Walks the parameters towards the rows' most likely ones, `steps` steps at most. `unlikelihood` is
 * the negative logarithm of what is reached, priors included; may be NULL. */
linas_status lns_gp_learn(const lns_gp_rows *rows, int steps, double *parameters,
                          double *unlikelihood);

/* Numbers in a factor of so many rows. */
size_t lns_gp_matrix_size(size_t rows);
/* Cholesky factor (num/factor.h) of the kernel matrix; targets are not needed. NUMERIC when the
 * matrix is singular. */
linas_status lns_gp_factor(const lns_gp_rows *rows, const double *parameters, double *factor);
/* alpha = K^-1 y. */
void lns_gp_weigh(const double *factor, const double *targets, size_t rows, double *alpha);
/* Diagonal of K^-1. */
linas_status lns_gp_precision(linas_context *context, const double *factor, size_t rows,
                              double *precision);
/* Prediction of each row by all the others (equations 5.10 to 5.12). */
void lns_gp_leave_one_out(const double *targets, const double *alpha, const double *precision,
                          size_t rows, double *means);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_PREDICT_RIDGE_PATH_H
#define LNS_PREDICT_RIDGE_PATH_H
/* The choice of ridge's penalty: one eigendecomposition of the smaller Gram matrix of the centred
 * features gives the exact leave-one-out error of every penalty and target (Golub, Heath and Wahba
 * 1979; Hastie, Tibshirani and Friedman 2009, 7.10). LAPACK's last bits depend on the processor and
 * its threads; nothing of it leaves this file but which penalty of a fixed grid was the best. */
#include "predict/model.h"

typedef struct lns_ridge_path {
    linas_context *context;
    size_t rows;
    size_t features;
    bool by_rows;       /* more features than rows: the Gram matrix is that of the rows */
    size_t order;       /* of the Gram matrix */
    double *mean;       /* of each feature */
    size_t stride;      /* of a centred row: the features, up to whole lanes */
    double *centred;    /* rows x stride, zeros behind the features */
    size_t wide;        /* the rows, up to whole lanes */
    double *columns;    /* the same transposed: features x wide */
    double *gram;       /* of the smaller side, as lns_factor() takes it */
    double mean_square; /* of the length of a centred row */
    double *directions; /* rows x rank, orthonormal: U of the centred features U sqrt(S) V' */
    double *squares;    /* of the same */
    double *strengths;  /* S */
    size_t rank;
    /* Room for every target's solution, one after the other. */
    double *factor;   /* as large as the Gram matrix */
    double *whitened; /* its order x wide */
} lns_ridge_path;

/* `path` needs no initialisation. @return LINAS_OK, NO_MEMORY, TOO_LARGE, NUMERIC. */
linas_status lns_ridge_path_init(lns_ridge_path *path, const lns_training *training);
void lns_ridge_path_free(lns_ridge_path *path);

/* The penalty for a target. */
linas_status lns_ridge_path_penalty(const lns_ridge_path *path, const double *z, double *penalty);

#endif

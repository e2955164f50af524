/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_NUM_SVM_BRIDGE_H
#define LNS_NUM_SVM_BRIDGE_H
/* libsvm, reduced to what is safe to call from a library: epsilon-SVR on a precomputed kernel
 * (Chang and Lin 2011). No probability estimates, cross-validation or files, which use rand() and
 * setlocale(); every C++ exception ends here. */
#include <linas/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Versions as libsvm counts them: 324 is 3.24. */
int lns_svm_version_built(void);
int lns_svm_version_running(void);

/* 1 if the running libsvm is the one whose structs this build knows, else 0. */
int32_t lns_svm_usable(void);

/* A kernel matrix in libsvm's form, in the caller's memory. Row i gets its n values by
 * lns_svm_set_row(). The limit of n is LNS_SVM_MAX_ROWS. */
enum { LNS_SVM_MAX_ROWS = 10000 };
size_t lns_svm_matrix_bytes(size_t n);
void lns_svm_set_row(void *matrix, size_t n, size_t row, const double *values);

/* One fit on a subset of the matrix's rows. */
typedef struct lns_svm_task {
    void *matrix;
    size_t n;
    const size_t *subset; /* distinct rows, `count` of them */
    size_t count;
    const double *targets; /* n, of all rows */
    double c;
    double epsilon;
    double tolerance; /* of the optimality conditions */
    void *scratch;    /* lns_svm_scratch_bytes(count) */
} lns_svm_task;
size_t lns_svm_scratch_bytes(size_t count);

/* Fits f(x) = sum of coefficients[k] * kernel(x, subset[k]) - rho, coefficients of zero for rows
 * that are no support vectors. @return LINAS_OK, NO_MEMORY, NUMERIC, UNSUPPORTED. */
linas_status lns_svm_train(const lns_svm_task *task, double *coefficients, double *rho);

#ifdef __cplusplus
}
#endif
#endif

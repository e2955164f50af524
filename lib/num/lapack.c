/* SPDX-License-Identifier: Apache-2.0 */
#include "num/lapack.h"

/* A Fortran symbol, declared here because OpenBLAS is packaged without LAPACKE. The lengths of the
 * character arguments follow the others, as Fortran compilers pass them. */
extern void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda,
                    double *w, double *work, const int *lwork, int *iwork, const int *liwork,
                    int *info, size_t jobz_length, size_t uplo_length);

linas_status lns_eigen_symmetric(linas_context *context, double *matrix, size_t order,
                                 double *values) {
    if (order > LNS_LAPACK_MAX_ORDER)
        return lns_fail(context, LINAS_ERROR_TOO_LARGE,
                        "a factorisation of order %zu is needed and the limit is %d", order,
                        (int)LNS_LAPACK_MAX_ORDER);
    if (order == 0)
        return LINAS_OK;
    int n = (int)order, info = 0;
    int work_count = 1 + 6 * n + 2 * n * n, integer_count = 3 + 5 * n;
    double *work = lns_alloc(context, (size_t)work_count, sizeof *work);
    int *integers = lns_alloc(context, (size_t)integer_count, sizeof *integers);
    if (work && integers)
        dsyevd_("V", "U", &n, matrix, &n, values, work, &work_count, integers, &integer_count,
                &info, 1, 1);
    linas_status status = work && integers ? LINAS_OK : lns_no_memory(context);
    if (info != 0)
        status =
            lns_fail(context, LINAS_ERROR_NUMERIC,
                     "the eigenvalues of a matrix of order %d were not found (LAPACK %d)", n, info);
    lns_free(context, work);
    lns_free(context, integers);
    return status;
}

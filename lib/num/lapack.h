/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_NUM_LAPACK_H
#define LNS_NUM_LAPACK_H
/* LAPACK behind C types. */
#include "base/base.h"

/* Largest order of a matrix: LAPACK counts its workspace in 32-bit integers. */
enum { LNS_LAPACK_MAX_ORDER = 30000 };

/* Eigenvalues, smallest first, and eigenvectors: on return row k of `matrix` (order x order) is the
 * vector of values[k]. @return LINAS_OK, NO_MEMORY, TOO_LARGE, NUMERIC. */
linas_status lns_eigen_symmetric(linas_context *context, double *matrix, size_t order,
                                 double *values);

#endif

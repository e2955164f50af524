/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LINAS_PARETO_H
#define LINAS_PARETO_H
/**
 * @file pareto.h
 * Dominance, non-dominated sorting, crowding distance, hypervolume and an archive, on the caller's
 * arrays. Points are rows of `m` objectives, row-major, every objective *minimised* (negate what is
 * to be maximised). NaN and infinities are refused with LINAS_ERROR_NOT_FINITE.
 */
#include <linas/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** -1: `a` dominates `b`; 1: `b` dominates `a`; 0: neither (equal points included). */
LINAS_API int32_t linas_pareto_compare(const double *a, const double *b, size_t m);

/**
 * Non-dominated sorting (Deb et al. 2002, section III.A): `ranks[i]` is 0 for the first front.
 * Equal points share a rank.
 * @param points n x m. @param[out] ranks n. @param[out] fronts number of fronts; may be NULL.
 * @return LINAS_OK, INVALID_ARGUMENT (m = 0), NOT_FINITE, TOO_LARGE (2^32 points), NO_MEMORY.
 */
LINAS_API linas_status linas_pareto_rank(linas_context *context, const double *points, size_t n,
                                         size_t m, uint32_t *ranks, size_t *fronts);

/**
 * Crowding distance (Deb et al. 2002, section III.B) of points taken as one front: INFINITY at the
 * ends of each objective, else the sum of the neighbours' gaps, each divided by the front's range.
 * Ties are ordered by index.
 */
LINAS_API linas_status linas_pareto_crowding(linas_context *context, const double *points, size_t n,
                                             size_t m, double *distances);

/**
 * Exact hypervolume that the points dominate below `reference` (m numbers). Points that do not
 * strictly dominate the reference add nothing. 0 for no points.
 * Sweeps in O(n log n) for 2 and 3 objectives; above, the points' own parts are added one by one,
 * in one dimension less. @return LINAS_OK, INVALID_ARGUMENT, NOT_FINITE (an input, or a result
 * beyond a double), TOO_LARGE (more than 64 objectives), NO_MEMORY.
 */
LINAS_API linas_status linas_hypervolume(linas_context *context, const double *points, size_t n,
                                         size_t m, const double *reference, double *hypervolume);

/** A set of mutually non-dominated points, each with a tag of the caller. */
typedef struct linas_archive linas_archive;

/** An empty archive for points of `m` objectives. Free with linas_archive_destroy(). */
LINAS_API linas_status linas_archive_create(linas_context *context, size_t m,
                                            linas_archive **archive);
/** Give up an archive. NULL is accepted. */
LINAS_API void linas_archive_destroy(linas_archive *archive);
/**
 * Offer a point. It enters unless a member dominates or equals it; members it dominates leave.
 * @param[out] entered 1 or 0; may be NULL.
 */
LINAS_API linas_status linas_archive_add(linas_archive *archive, const double *point, uint64_t tag,
                                         int32_t *entered);
/**
 * From now on keep the hypervolume of the members below `reference` (m numbers) up to date: every
 * point that enters then costs what measuring its own part costs.
 * @return LINAS_OK, INVALID_ARGUMENT, NOT_FINITE, TOO_LARGE, NO_MEMORY.
 */
LINAS_API linas_status linas_archive_set_reference(linas_archive *archive, const double *reference);
/** Hypervolume below the reference, a sum of what each point brought when it entered.
 * @return LINAS_OK, INVALID_ARGUMENT, WRONG_ORDER (no reference was set). */
LINAS_API linas_status linas_archive_hypervolume(const linas_archive *archive, double *hypervolume);
/** Number of members. */
LINAS_API size_t linas_archive_size(const linas_archive *archive);
/** Member `index`, in increasing order of the first objective (then second, ...).
 * @param[out] point m numbers, may be NULL. @param[out] tag may be NULL. */
LINAS_API linas_status linas_archive_get(const linas_archive *archive, size_t index, double *point,
                                         uint64_t *tag);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_NUM_HALTON_H
#define LNS_NUM_HALTON_H
/* Leaped Halton sequence (Kocis and Whiten 1997, "Computational investigations of low-discrepancy
 * sequences", section 4): every LNS_HALTON_LEAP-th point, which breaks the correlation of
 * neighbouring large bases. GSL has Halton's sequence too; this one is in every build, so that all
 * builds draw the same configurations. */
#include <stddef.h>
#include <stdint.h>

enum {
    LNS_HALTON_DIMENSIONS = 400, /* primes up to 2741 */
    LNS_HALTON_LEAP = 3001       /* a prime that is none of the bases */
};

/* The first LNS_HALTON_DIMENSIONS primes into `primes`. */
void lns_halton_primes(uint32_t *primes);
/* Coordinate of point `index` (from 0) in base `prime`, in (0, 1). */
double lns_halton(uint64_t index, uint32_t prime);

#endif

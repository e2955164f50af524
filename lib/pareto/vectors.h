/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_PARETO_VECTORS_H
#define LNS_PARETO_VECTORS_H
/* Functions for wider vectors are compiled beside the portable ones and chosen at run time. */
#if defined(__GNUC__)
#define LNS_ALWAYS_INLINE inline __attribute__((always_inline))
#else
#define LNS_ALWAYS_INLINE inline
#endif

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define LNS_WIDE 1
#define LNS_TARGET_256 __attribute__((target("avx2")))
#define LNS_TARGET_512 __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq")))
#else
#define LNS_WIDE 0
#endif

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_NUM_PROCESSOR_H
#define LNS_NUM_PROCESSOR_H
/* What the processor can do. A build for tests takes no vectors wider than LNS_WIDEST bits (0: what
 * every processor has), to compare the results. */
#ifndef LNS_WIDEST
#define LNS_WIDEST 512
#endif

/* A feature, and how wide its vectors are. */
#define LNS_CPU_HAS(feature, bits) (LNS_WIDEST >= (bits) && __builtin_cpu_supports(feature))

#endif

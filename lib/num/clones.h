/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_NUM_CLONES_H
#define LNS_NUM_CLONES_H
/* LNS_CLONES before a function: it is compiled for several processors, and the loader takes the
 * best. Sums keep their order, so that all of them give the same result. */
#include "num/lns_config.h"
#include "num/processor.h"

#if defined LNS_HAVE_TARGET_CLONES && LNS_WIDEST >= 512
#define LNS_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#elif defined LNS_HAVE_TARGET_CLONES && LNS_WIDEST >= 256
#define LNS_CLONES __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define LNS_CLONES
#endif

#endif

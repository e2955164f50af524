/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_NUM_LANES_H
#define LNS_NUM_LANES_H
/* Short vectors whose operations the compiler maps to whatever registers there are, element by
 * element: plain loops over small arrays are not kept in registers. They stay inside functions,
 * since how they are passed depends on the processor. */
typedef double lns_f64x4 __attribute__((vector_size(32)));
typedef float lns_f32x8 __attribute__((vector_size(32)));

#endif

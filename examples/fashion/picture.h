/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FASHION_PICTURE_H
#define FASHION_PICTURE_H
#include "report.h"

#include <stdio.h>

/* An SVG of every evaluation (light to dark in their order), the front, and the largest and
 * smallest sub-network: validation accuracy against latency. */
void picture_write(const report *r, FILE *file);

#endif

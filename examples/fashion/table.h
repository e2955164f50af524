/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FASHION_TABLE_H
#define FASHION_TABLE_H
/* A part of the super-network's space measured exhaustively, once, into a CSV file: a small
 * benchmark for searches. */
#include "host.h"
#include "options.h"

/* Writes o->table; 0 on success, else a message on stderr. */
int table_measure(const host *h, const demo_options *o);

#endif

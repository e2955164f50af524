/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FASHION_SEARCHES_H
#define FASHION_SEARCHES_H
/* Searches of the super-network through the library: one with a report, or several compared. */
#include "host.h"
#include "options.h"

/* 0 on success, else a message on stderr. */
int search_and_report(host *h, const demo_options *o, const image_set *test);
int compare_tactics(host *h, const demo_options *o);

#endif

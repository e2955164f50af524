/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LINAS_COMMAND_PROGRESS_H
#define LINAS_COMMAND_PROGRESS_H
/* How far a search is, on standard error: one line that is rewritten on a terminal, else a line now
 * and then. */
#include <linas/linas.h>

/* Begins to report; `measured` evaluations were there before. */
void progress_start(uint64_t measured);
/* Of linas_search_options.progress. */
int32_t progress_report(void *user_data, const linas_progress *now);
/* Between answers: brings the clock on a terminal up to date. */
void progress_tick(void);
/* Takes the line away and ends reporting. */
void progress_end(void);

#endif

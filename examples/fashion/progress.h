/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FASHION_PROGRESS_H
#define FASHION_PROGRESS_H
/* A line on stderr that says how far something is: rewritten on a terminal, else now and then. */

typedef struct progress {
    const char *what;
    double total;
    double started;
    double shown;
    int terminal;
} progress;

double seconds_now(void);
progress progress_start(const char *what, double total);
void progress_show(progress *line, double done, const char *text);
void progress_end(progress *line);

#endif

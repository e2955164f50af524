/* SPDX-License-Identifier: Apache-2.0 */
#include "progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static const double terminal_interval = 0.2, plain_interval = 20.0;

double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

progress progress_start(const char *what, double total) {
    double now = seconds_now();
    progress line = {what, total, now, now - terminal_interval, isatty(STDERR_FILENO)};
    return line;
}

void progress_show(progress *line, double done, const char *text) {
    double now = seconds_now();
    double interval = line->terminal ? terminal_interval : plain_interval;
    if (now - line->shown < interval && done < line->total)
        return;
    double spent = now - line->started, left = done > 0.0 ? spent * (line->total - done) / done : 0;
    line->shown = now;
    fprintf(stderr, "%s%s %3.0f %%, %.0f s, %.0f s left: %s%s", line->terminal ? "\r\033[K" : "",
            line->what, 100.0 * done / line->total, spent, left, text, line->terminal ? "" : "\n");
    fflush(stderr);
}

void progress_end(progress *line) {
    if (line->terminal)
        fputc('\n', stderr);
}

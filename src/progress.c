/* SPDX-License-Identifier: Apache-2.0 */
/* How far a search is, on standard error. */
#include "progress.h"
#include "support.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE = 80, PLAIN_LINES = 10 };

static const double REWRITE = 0.1; /* seconds between two writings of the line */
static const double TICK = 1.0;

/* One search runs in a process, and signal-like callbacks reach this. */
static struct {
    bool active;
    bool terminal;
    bool shown; /* the line stands on the terminal */
    uint64_t before;
    double started;
    double written;
    linas_progress last;
} state;

static void clear_line(void) {
    if (state.shown)
        fprintf(stderr, "\r%*s\r", LINE - 1, "");
    state.shown = false;
}

void progress_start(uint64_t measured) {
    memset(&state, 0, sizeof state);
    state.active = true;
    state.terminal = isatty(STDERR_FILENO) == 1;
    state.before = measured;
    state.started = seconds_now();
    set_before_message(clear_line);
}

/* 59 s, 12 min, 3.5 h: as exact as an estimate can be. */
static void duration_text(double seconds, char *text, size_t capacity) {
    if (seconds < 100)
        snprintf(text, capacity, "%.0f s", seconds);
    else if (seconds < 6000)
        snprintf(text, capacity, "%.0f min", seconds / 60);
    else
        snprintf(text, capacity, "%.1f h", seconds / 3600);
}

/* At most LINE - 1 characters, so that it fits a terminal of usual width. */
static void compose(char line[LINE]) {
    const linas_progress *now = &state.last;
    char whole[256];
    char failed[32] = "";
    char left[16] = "";
    char pace[64] = "";
    double elapsed = seconds_now() - state.started;
    double rate = elapsed > 0 ? (double)(now->evaluations - state.before) / elapsed : 0;
    if (now->failed > 0)
        snprintf(failed, sizeof failed, ", %" PRIu32 " failed", now->failed);
    if (rate > 0) {
        duration_text((double)(now->budget - now->evaluations) / rate, left, sizeof left);
        snprintf(pace, sizeof pace, ", %.3g/s, %s left", rate, left);
    }
    snprintf(whole, sizeof whole,
             "%" PRIu64 "/%" PRIu64 " measured, hypervolume %.6g, front %" PRIu64 "%s%s",
             now->evaluations, now->budget, now->hypervolume, now->front_size, failed, pace);
    snprintf(line, LINE, "%.*s", LINE - 1, whole);
}

static void rewrite_line(void) {
    char line[LINE];
    compose(line);
    fprintf(stderr, "\r%-*s", LINE - 1, line);
    fflush(stderr);
    state.shown = true;
    state.written = seconds_now();
}

/* A tenth of the budget is worth a line in a log. */
static bool is_milestone(const linas_progress *now) {
    uint64_t step = now->budget / PLAIN_LINES + (now->budget % PLAIN_LINES != 0);
    return now->evaluations == now->budget || (step > 0 && now->evaluations % step == 0);
}

int32_t progress_report(void *user_data, const linas_progress *now) {
    (void)user_data;
    if (!state.active)
        return 0;
    size_t known = now->size < sizeof state.last ? now->size : sizeof state.last;
    memcpy(&state.last, now, known);
    if (state.terminal && seconds_now() - state.written >= REWRITE)
        rewrite_line();
    if (!state.terminal && is_milestone(now)) {
        char line[LINE];
        compose(line);
        fprintf(stderr, "%s\n", line);
    }
    return 0;
}

void progress_tick(void) {
    bool due = seconds_now() - state.written >= TICK;
    if (state.active && state.terminal && state.last.evaluations > 0 && due)
        rewrite_line();
}

void progress_end(void) {
    clear_line();
    state.active = false;
    set_before_message(NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LINAS_COMMAND_CHILD_H
#define LINAS_COMMAND_CHILD_H
/* A program started with pipes to its standard input and output, in a process group of its own, so
 * that whatever it starts ends with it. */
#include "options.h"

#include <sys/types.h>

enum { CHILDREN_MAX = 64 }; /* at a time */

typedef struct child {
    pid_t pid;  /* 0: not running */
    int input;  /* its standard input, -1 once closed; never blocks */
    int output; /* its standard output; never blocks */
} child;
#define CHILD_INIT                                                                                 \
    { 0, -1, -1 }

/* Starts a command without a shell; says so when it cannot be started. */
int child_start(child *started, const text_list *words);
void child_close_input(child *c);
/* Has it ended, or does it within `seconds`? */
bool child_has_ended(const child *c, double seconds);
/* Takes the wait status of a child that has ended, and ends what it left behind. */
int child_reap(child *c);
/* Ends it: by closing its input when there is time, else by signals. */
void child_stop(child *c, bool in_peace);

/* Seconds that a process has to end when told so. */
#define CHILD_GRACE 1.0

/* For signal handlers and the end of the program: ends the running groups at once. */
void child_kill_now(void);

#endif

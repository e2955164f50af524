/* SPDX-License-Identifier: Apache-2.0 */
/* A program started with pipes to its standard input and output. */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t running_groups[CHILDREN_MAX]; /* 0: a free place */

void child_kill_now(void) {
    for (size_t i = 0; i < CHILDREN_MAX; i++)
        if (running_groups[i] > 0)
            kill(-(pid_t)running_groups[i], SIGKILL);
}

/* Puts a group's number where another one, or 0, stands. */
static void replace_group(pid_t old, pid_t new) {
    for (size_t i = 0; i < CHILDREN_MAX; i++) {
        if (running_groups[i] != old)
            continue;
        running_groups[i] = new;
        return;
    }
}

/* -- start ------------------------------------------------------------------------------------- */

typedef struct pipes {
    int in[2];
    int out[2];
    int report[2]; /* closed by a successful exec, else carries its error number */
} pipes;

static void close_one(int *descriptor) {
    if (*descriptor >= 0)
        close(*descriptor);
    *descriptor = -1;
}

static void close_pipes(pipes *p) {
    for (int i = 0; i < 2; i++) {
        close_one(&p->in[i]);
        close_one(&p->out[i]);
        close_one(&p->report[i]);
    }
}

static bool open_pipe(int ends[2]) {
    if (pipe(ends) != 0) {
        ends[0] = ends[1] = -1;
        return false;
    }
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    return true;
}

/* In the child: become the command, or report the error number. */
static void become(char **vector, const pipes *p) {
    setpgid(0, 0);
    signal(SIGPIPE, SIG_DFL);
    if (dup2(p->in[0], STDIN_FILENO) >= 0 && dup2(p->out[1], STDOUT_FILENO) >= 0)
        execvp(vector[0], vector);
    int error = errno;
    ssize_t written = write(p->report[1], &error, sizeof error);
    _exit(written == (ssize_t)sizeof error ? 127 : 126);
}

/* The child's error number; 0 when it became the command. */
static int wait_for_exec(int report) {
    int error = 0;
    ssize_t got;
    do
        got = read(report, &error, sizeof error);
    while (got < 0 && errno == EINTR);
    return got == (ssize_t)sizeof error ? error : 0;
}

/* argv ends with a NULL. */
static char **argument_vector(const text_list *words) {
    char **vector = get_memory(words->count + 1, sizeof *vector);
    memcpy(vector, words->items, words->count * sizeof *vector);
    vector[words->count] = NULL;
    return vector;
}

/* 0, or an error number. */
static int launch(pipes *p, const text_list *words, pid_t *pid) {
    char **vector = argument_vector(words);
    *pid = fork();
    if (*pid == 0)
        become(vector, p);
    int error = *pid < 0 ? errno : 0;
    free(vector);
    close_one(&p->report[1]);
    if (error != 0)
        return error;
    setpgid(*pid, *pid); /* the child does the same: whoever is first */
    error = wait_for_exec(p->report[0]);
    if (error != 0)
        waitpid(*pid, NULL, 0);
    return error;
}

int child_start(child *started, const text_list *words) {
    pipes p = {{-1, -1}, {-1, -1}, {-1, -1}};
    pid_t pid = 0;
    bool opened = open_pipe(p.in) && open_pipe(p.out) && open_pipe(p.report);
    int error = opened ? launch(&p, words, &pid) : errno;
    if (error == 0) {
        *started = (child){pid, p.in[1], p.out[0]};
        replace_group(0, pid);
        p.in[1] = p.out[0] = -1;
        fcntl(started->input, F_SETFL, O_NONBLOCK);
        fcntl(started->output, F_SETFL, O_NONBLOCK);
    }
    close_pipes(&p);
    if (error == 0)
        return STATUS_OK;
    return fail(STATUS_FAILED, "cannot start the evaluator '%s': %s", words->items[0],
                strerror(error));
}

/* -- end --------------------------------------------------------------------------------------- */

void child_close_input(child *c) {
    close_one(&c->input);
}

/* It stays a zombie: its group's number must not be given away before the group was ended. */
bool child_has_ended(const child *c, double seconds) {
    double until = seconds_now() + seconds;
    for (;;) {
        siginfo_t info = {0};
        if (waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
            info.si_pid == c->pid)
            return true;
        if (seconds_now() >= until)
            return false;
        struct timespec pause = {0, 10000000};
        nanosleep(&pause, NULL);
    }
}

int child_reap(child *c) {
    int status = 0;
    kill(-c->pid, SIGKILL);
    replace_group(c->pid, 0);
    while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    c->pid = 0;
    close_one(&c->input);
    close_one(&c->output);
    return status;
}

void child_stop(child *c, bool in_peace) {
    if (c->pid == 0)
        return;
    child_close_input(c);
    if (!in_peace || !child_has_ended(c, CHILD_GRACE)) {
        kill(-c->pid, SIGTERM);
        child_has_ended(c, CHILD_GRACE);
    }
    child_reap(c);
}

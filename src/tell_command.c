/* SPDX-License-Identifier: Apache-2.0 */
/* `linas tell`: answers to what `linas ask` handed out, from standard input. */
#include "visit.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { READ_AT_ONCE = 1 << 16, MOST_UNTOLD = 1 << 20 };

typedef struct teller {
    visit_options options;
    visit visit;
    char *text; /* what was read and is not told yet */
    size_t length;
    size_t lines; /* seen so far */
    size_t bad;
} teller;

/* -- one line ---------------------------------------------------------------------------------- */

static void refuse(teller *t, const char *why) {
    warn("line %zu: %s", t->lines, why);
    t->bad++;
}

/* What the library does not accept is the line's fault, or ends the command. */
static int judge(teller *t, linas_status status) {
    if (status == LINAS_OK)
        return STATUS_OK;
    const char *why = linas_context_message(t->visit.context);
    if (status != LINAS_ERROR_UNKNOWN_ID)
        return fail(STATUS_FAILED, "lines from %zu on are not recorded: %s", t->lines, why);
    refuse(t, why);
    return STATUS_OK;
}

static linas_status record(const visit *v, uint64_t id, const answer_parts *parts) {
    if (parts->values)
        return linas_search_tell(v->search, id, parts->values, v->protocol.objective_count);
    return linas_search_tell_failed(v->search, id, parts->outcome, parts->reason);
}

static int take_answer(teller *t, const json_t *root, uint64_t id) {
    visit *v = &t->visit;
    answer_parts parts;
    int status = STATUS_OK;
    double *known = get_memory(v->protocol.objective_count, sizeof *known);
    linas_status found = linas_search_known(v->search, id, known);
    if (found != LINAS_OK) {
        free(known);
        return judge(t, found);
    }
    if (answer_read(&v->protocol, root, known, &parts))
        status = judge(t, record(v, id, &parts));
    else
        refuse(t, parts.reason);
    free(known);
    free(parts.values);
    free(parts.reason);
    return status;
}

static int take_object(teller *t, const json_t *root) {
    const json_t *id = json_object_get(root, "id");
    if (json_is_integer(id) && json_integer_value(id) >= 0)
        return take_answer(t, root, (uint64_t)json_integer_value(id));
    refuse(t, "it is no object with an integer 'id'");
    return STATUS_OK;
}

static int take_line(teller *t, const char *line, size_t length) {
    json_error_t error;
    t->lines++;
    if (strspn(line, " \t\r") == length)
        return STATUS_OK;
    json_t *root = json_loadb(line, length, JSON_REJECT_DUPLICATES, &error);
    if (!root) {
        char *why = make_text("it is not JSON (%s)", error.text);
        refuse(t, why);
        free(why);
        return STATUS_OK;
    }
    int status = take_object(t, root);
    json_decref(root);
    return status;
}

/* -- standard input ---------------------------------------------------------------------------- */

/* Tells the whole lines that were read in one visit, so that nobody waits for a slow writer. */
static int tell_lines(linas_context *context, teller *t) {
    char *begin = t->text, *end = memchr(begin, '\n', t->length);
    if (!end)
        return STATUS_OK;
    int status = visit_open(context, &t->options, &t->visit);
    if (status != STATUS_OK && t->lines > 0)
        warn("lines from %zu on are not recorded", t->lines + 1);
    for (; status == STATUS_OK && end; end = memchr(begin, '\n', t->length)) {
        *end = 0;
        size_t length = (size_t)(end - begin);
        status = take_line(t, begin, length);
        begin += length + 1;
        t->length -= length + 1;
    }
    int closed = visit_close(&t->visit);
    status = status == STATUS_OK ? closed : status;
    memmove(t->text, begin, t->length);
    return status;
}

static bool more_is_there(void) {
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    return poll(&input, 1, 0) > 0;
}

/* Reads a piece; at the end of the input, what has no line end gets one. */
static int read_piece(teller *t, bool *ended) {
    ssize_t count;
    t->text = more_memory(t->text, t->length + READ_AT_ONCE, 1);
    do
        count = read(STDIN_FILENO, t->text + t->length, READ_AT_ONCE);
    while (count < 0 && errno == EINTR);
    if (count < 0)
        return fail(STATUS_FAILED, "standard input: %s", strerror(errno));
    *ended = count == 0;
    if (*ended && t->length > 0 && t->text[t->length - 1] != '\n')
        t->text[t->length++] = '\n';
    t->length += (size_t)count;
    return STATUS_OK;
}

static int tell_all(linas_context *context, teller *t) {
    int status = STATUS_OK;
    bool ended = false;
    while (status == STATUS_OK && !ended) {
        status = read_piece(t, &ended);
        if (status == STATUS_OK && (ended || t->length >= MOST_UNTOLD || !more_is_there()))
            status = tell_lines(context, t);
    }
    if (status == STATUS_OK && t->bad > 0)
        return fail(STATUS_FAILED, "%zu of %zu lines are not recorded", t->bad, t->lines);
    return status;
}

/* -- the command ------------------------------------------------------------------------------- */

int tell_command(int count, char **arguments) {
    teller t = {.text = NULL};
    const char *wait = NULL;
    const option_rule rules[] = {{.name = "--wait", .value = &wait}};
    int status = options_read(count, arguments, rules, 1, &t.options.journal);
    if (status == STATUS_OK && !t.options.journal)
        status = fail(STATUS_USAGE, "tell needs the path of a journal");
    if (status == STATUS_OK)
        status = visit_wait(wait, &t.options.wait);
    linas_context *context = status == STATUS_OK ? open_context() : NULL;
    if (context)
        status = tell_all(context, &t);
    else if (status == STATUS_OK)
        status = STATUS_FAILED;
    linas_context_destroy(context);
    free(t.text);
    return status;
}

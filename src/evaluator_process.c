/* SPDX-License-Identifier: Apache-2.0 */
/* The evaluator program: the requests it has not answered, and the lines it writes. */
#include "evaluator_process.h"
#include "child.h"
#include "protocol.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    LONGEST_LINE = 1 << 20, /* bytes of an answer */
    READ_AT_ONCE = 1 << 16,
    DEATHS_IN_A_ROW = 3,
    WARNINGS = 10
};

static const double WAIT = 0.2; /* seconds, so that signals and clocks are seen */

typedef struct request {
    uint64_t id;
    char *text; /* the line */
    size_t length;
    size_t written;
    bool answered;
    bool lost;      /* the process ended without an answer */
    double *known;  /* NaN: to be measured */
    double *values; /* of the answer, or NULL: failed */
    int32_t outcome;
    char *reason;
} request;

struct evaluator {
    evaluator_options options;
    text_list words;
    child process;
    request *requests;
    size_t count;
    size_t capacity;
    request last;          /* what the caller was given last */
    uint64_t *written_off; /* ids that failed because of rubbish, though an answer may yet come */
    size_t written_off_count;
    char *buffer; /* what was read and is no complete line yet */
    size_t begin; /* of the unread part */
    size_t length;
    double quiet_since; /* last answer, or when the first request was handed over */
    double input_lost;  /* when it was found to have closed its input; 0: it has not */
    int deaths;         /* since the last answer */
    char *last_death;
    int warnings;
};

/* -- requests and answers ---------------------------------------------------------------------- */

static void free_request(request *r) {
    free(r->text);
    free(r->known);
    free(r->values);
    free(r->reason);
    *r = (request){0};
}

/* Gives an answer to a request; takes over both texts. */
static void answer(evaluator *e, request *r, double *values, char *reason) {
    r->answered = true;
    r->values = values;
    r->outcome = values ? LINAS_EVALUATION_OK : LINAS_EVALUATION_FAILED;
    r->reason = reason;
    e->quiet_since = seconds_now();
}

/* The request handed over first of those that the process has read. */
static request *oldest(evaluator *e) {
    for (size_t i = 0; i < e->count; i++)
        if (!e->requests[i].answered && e->requests[i].written == e->requests[i].length)
            return &e->requests[i];
    return NULL;
}

static request *find_request(evaluator *e, uint64_t id) {
    for (size_t i = 0; i < e->count; i++) {
        request *r = &e->requests[i];
        if (r->id == id && !r->answered && r->written == r->length)
            return r;
    }
    return NULL;
}

static void write_off(evaluator *e, uint64_t id) {
    e->written_off = more_memory(e->written_off, e->written_off_count + 1, sizeof *e->written_off);
    e->written_off[e->written_off_count++] = id;
}

/* Is this the answer that comes too late? It is passed over once. */
static bool is_written_off(evaluator *e, uint64_t id) {
    for (size_t i = 0; i < e->written_off_count; i++) {
        if (e->written_off[i] != id)
            continue;
        e->written_off[i] = e->written_off[--e->written_off_count];
        return true;
    }
    return false;
}

/* Something came that answers nothing: the request that waits longest fails, so that rubbish can
 * never be waited for. Takes over `reason`. */
static void fail_oldest(evaluator *e, char *reason) {
    request *r = oldest(e);
    if (r) {
        write_off(e, r->id);
        answer(e, r, NULL, reason);
        return;
    }
    if (e->warnings++ < WARNINGS)
        warn("ignored: %s", reason);
    free(reason);
}

static protocol protocol_of(const evaluator *e) {
    return (protocol){e->options.space, e->options.objectives, e->options.objective_count};
}

static void take_answer(evaluator *e, request *r, const json_t *root) {
    protocol p = protocol_of(e);
    answer_parts parts;
    e->deaths = 0;
    answer_read(&p, root, r->known, &parts);
    answer(e, r, parts.values, parts.reason);
    r->outcome = parts.outcome;
}

/* The id in a line that is not JSON, such as one that holds a NaN. */
static bool guess_id(const char *line, uint64_t *id) {
    const char *at = strstr(line, "\"id\"");
    if (!at)
        return false;
    at += 4 + strspn(at + 4, " \t");
    if (*at++ != ':')
        return false;
    at += strspn(at, " \t");
    return sscanf(at, "%" SCNu64, id) == 1;
}

static void take_rubbish(evaluator *e, const char *line, const char *why) {
    char *reason = make_text("the evaluator wrote a line that is not JSON (%s): %.80s", why, line);
    uint64_t id;
    request *r = guess_id(line, &id) ? find_request(e, id) : NULL;
    if (r)
        answer(e, r, NULL, reason);
    else
        fail_oldest(e, reason);
}

static void take_object(evaluator *e, const json_t *root, const char *line) {
    const json_t *id = json_object_get(root, "id");
    json_int_t number = json_integer_value(id);
    if (!json_is_integer(id)) {
        fail_oldest(e,
                    make_text("the evaluator wrote a line without an integer 'id': %.80s", line));
        return;
    }
    request *r = number >= 0 ? find_request(e, (uint64_t)number) : NULL;
    if (r)
        take_answer(e, r, root);
    else if (number < 0 || !is_written_off(e, (uint64_t)number))
        fail_oldest(e, make_text("the evaluator answered id %" JSON_INTEGER_FORMAT
                                 ", which is not outstanding",
                                 number));
}

static void take_line(evaluator *e, const char *line, size_t length) {
    if (line[strspn(line, " \t\r")] == 0 && strlen(line) == length)
        return;
    json_error_t error;
    json_t *root = json_loadb(line, length, JSON_REJECT_DUPLICATES, &error);
    if (!root) {
        take_rubbish(e, line, error.text);
        return;
    }
    take_object(e, root, line);
    json_decref(root);
}

/* -- failures of the process ------------------------------------------------------------------- */

/* The process is gone or useless: everything outstanding fails. Takes over `why`. */
static void bury(evaluator *e, char *why) {
    for (size_t i = 0; i < e->count; i++)
        if (!e->requests[i].answered) {
            answer(e, &e->requests[i], NULL, copy_text(why));
            e->requests[i].lost = true;
        }
    e->deaths++;
    free(e->last_death);
    e->last_death = why;
}

static char *describe_end(int status) {
    if (WIFSIGNALED(status))
        return make_text("the evaluator was killed by signal %d (%s)", WTERMSIG(status),
                         strsignal(WTERMSIG(status)));
    return make_text("the evaluator ended with exit status %d", WEXITSTATUS(status));
}

static void handle_end(evaluator *e) {
    bool ended = child_has_ended(&e->process, CHILD_GRACE);
    if (ended) {
        bury(e, describe_end(child_reap(&e->process)));
        return;
    }
    child_stop(&e->process, false);
    bury(e, copy_text("the evaluator closed its standard output"));
}

/* Silence: the request that waits longest fails; the others go to a new process. */
static void handle_silence(evaluator *e) {
    child_stop(&e->process, false);
    for (size_t i = 0; i < e->count; i++) {
        request *r = &e->requests[i];
        if (r->answered)
            continue;
        answer(e, r, NULL, make_text("no answer within %g seconds", e->options.timeout));
        r->outcome = LINAS_EVALUATION_TIMED_OUT;
        return;
    }
}

/* -- input and output -------------------------------------------------------------------------- */

static request *unwritten(evaluator *e) {
    for (size_t i = 0; i < e->count; i++)
        if (!e->requests[i].answered && e->requests[i].written < e->requests[i].length)
            return &e->requests[i];
    return NULL;
}

static void write_requests(evaluator *e) {
    request *r;
    while ((r = unwritten(e)) != NULL) {
        ssize_t count = write(e->process.input, r->text + r->written, r->length - r->written);
        if (count < 0) {
            if (errno == EAGAIN || errno == EINTR)
                return;
            child_close_input(&e->process);
            e->input_lost = seconds_now();
            return;
        }
        r->written += (size_t)count;
    }
}

/* One complete line of what was read, without its end; false when there is none. */
static bool next_line(evaluator *e, char **line, size_t *length) {
    char *begin = e->buffer + e->begin;
    char *end = memchr(begin, '\n', e->length - e->begin);
    if (!end)
        return false;
    *end = 0;
    *line = begin;
    *length = (size_t)(end - begin);
    e->begin += *length + 1;
    return true;
}

/* Reads what is there; false at the end of the output. */
static bool read_output(evaluator *e) {
    memmove(e->buffer, e->buffer + e->begin, e->length - e->begin);
    e->length -= e->begin;
    e->begin = 0;
    ssize_t count = read(e->process.output, e->buffer + e->length, READ_AT_ONCE);
    if (count > 0)
        e->length += (size_t)count;
    return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

static bool has_answer(const evaluator *e) {
    for (size_t i = 0; i < e->count; i++)
        if (e->requests[i].answered)
            return true;
    return false;
}

static void take_lines(evaluator *e) {
    char *line;
    size_t length;
    while (!has_answer(e) && next_line(e, &line, &length))
        take_line(e, line, length);
    if (!has_answer(e) && e->length - e->begin > LONGEST_LINE) {
        child_stop(&e->process, false);
        bury(e, make_text("the evaluator wrote a line of more than %d bytes", LONGEST_LINE));
    }
}

/* At the end of the output: what stands there without a line end is a line too. */
static void take_last_line(evaluator *e) {
    if (e->length > e->begin)
        e->buffer[e->length++] = '\n';
    take_lines(e);
}

static int milliseconds_to_wait(const evaluator *e) {
    double left = e->quiet_since + e->options.timeout - seconds_now();
    left = left > WAIT ? WAIT : left < 0 ? 0 : left;
    return (int)ceil(1000 * left);
}

int evaluator_poll(evaluator *e, struct pollfd ends[2]) {
    ends[0] = (struct pollfd){.fd = e->process.output, .events = POLLIN};
    ends[1] = (struct pollfd){.fd = unwritten(e) ? e->process.input : -1, .events = POLLOUT};
    return milliseconds_to_wait(e);
}

/* Deals with what has happened to the process. */
static void attend(evaluator *e) {
    struct pollfd ends[2];
    evaluator_poll(e, ends);
    int ready = poll(ends, 2, 0);
    if (ready > 0 && ends[1].revents)
        write_requests(e);
    if (ready > 0 && ends[0].revents && !read_output(e)) {
        take_last_line(e);
        if (!has_answer(e))
            handle_end(e);
        return;
    }
    take_lines(e);
    if (e->process.pid == 0 || has_answer(e))
        return;
    /* A helper that it left behind may hold its output open. */
    if (ready == 0 && child_has_ended(&e->process, 0) && poll(ends, 1, 0) == 0)
        bury(e, describe_end(child_reap(&e->process)));
    else if (e->input_lost > 0 && seconds_now() > e->input_lost + CHILD_GRACE)
        handle_end(e);
    else if (e->count > 0 && seconds_now() >= e->quiet_since + e->options.timeout)
        handle_silence(e);
}

static int start_process(evaluator *e) {
    e->begin = e->length = 0;
    e->input_lost = 0;
    e->written_off_count = 0;
    e->quiet_since = seconds_now();
    for (size_t i = 0; i < e->count; i++)
        e->requests[i].written = 0;
    return child_start(&e->process, &e->words);
}

/* -- what the search calls --------------------------------------------------------------------- */

int evaluator_start(const evaluator_options *options, evaluator **started) {
    evaluator *e = get_memory(1, sizeof *e);
    *e = (evaluator){.options = *options, .process = CHILD_INIT};
    e->buffer = get_memory(LONGEST_LINE + READ_AT_ONCE, 1);
    int status = text_list_words(&e->words, "--evaluator", options->command);
    if (status == STATUS_OK)
        status = start_process(e);
    if (status == STATUS_OK)
        *started = e;
    else
        evaluator_end(e, false);
    return status;
}

void evaluator_dismiss(evaluator *e) {
    child_close_input(&e->process);
}

void evaluator_end(evaluator *e, bool in_peace) {
    if (!e)
        return;
    child_stop(&e->process, in_peace);
    for (size_t i = 0; i < e->count; i++)
        free_request(&e->requests[i]);
    free_request(&e->last);
    free(e->requests);
    free(e->buffer);
    free(e->last_death);
    free(e->written_off);
    text_list_free(&e->words);
    free(e);
}

int evaluator_send(evaluator *e, uint64_t id, const int32_t *genome, const double *known) {
    protocol p = protocol_of(e);
    char *text = request_text(&p, id, genome, known);
    if (!text)
        return fail(STATUS_FAILED, "%s", linas_context_message(e->options.context));
    if (e->count == e->capacity) {
        e->capacity = e->capacity ? 2 * e->capacity : 8;
        e->requests = more_memory(e->requests, e->capacity, sizeof *e->requests);
    }
    if (e->count == 0)
        e->quiet_since = seconds_now();
    request *r = &e->requests[e->count++];
    *r = (request){.id = id, .text = text, .length = strlen(text)};
    r->known = get_memory(e->options.objective_count, sizeof *known);
    memcpy(r->known, known, e->options.objective_count * sizeof *known);
    return STATUS_OK;
}

size_t evaluator_outstanding(const evaluator *e) {
    return e->count;
}

/* Takes the first answered request out of the list. */
static bool take_answered(evaluator *e, evaluator_answer *given) {
    for (size_t i = 0; i < e->count; i++) {
        if (!e->requests[i].answered)
            continue;
        free_request(&e->last);
        e->last = e->requests[i];
        e->count--;
        memmove(&e->requests[i], &e->requests[i + 1], (e->count - i) * sizeof *e->requests);
        *given = (evaluator_answer){e->last.id, e->last.values, e->last.outcome, e->last.reason,
                                    e->last.lost};
        return true;
    }
    return false;
}

int evaluator_next(evaluator *e, evaluator_answer *given, bool *answered) {
    *answered = take_answered(e, given);
    if (*answered)
        return STATUS_OK;
    if (e->deaths >= DEATHS_IN_A_ROW)
        return fail(STATUS_FAILED, "the evaluator ended %d times without an answer; the last: %s",
                    e->deaths, e->last_death);
    if (e->process.pid == 0) {
        int status = start_process(e);
        if (status != STATUS_OK)
            return status;
    }
    take_lines(e);
    if (!has_answer(e))
        attend(e);
    *answered = take_answered(e, given);
    return STATUS_OK;
}

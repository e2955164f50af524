/* SPDX-License-Identifier: Apache-2.0 */
/* `linas ask`: candidates for those who measure without a search that runs beside them. */
#include "output.h"
#include "visit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct ask_texts {
    description_texts description;
    const char *journal;
    const char *space;
    const char *count;
    const char *wait;
    bool again;
} ask_texts;

/* -- the command line -------------------------------------------------------------------------- */

/* Without --space there is only what the journal says, and a budget. */
static int check_texts(const ask_texts *t) {
    const description_texts *d = &t->description;
    bool described = d->objectives.count > 0 || d->limits.count > 0 || d->tactic || d->batch ||
                     d->population || d->initial || d->seed || d->survival;
    if (!t->journal)
        return fail(STATUS_USAGE, "ask needs the path of a journal");
    if (described && !t->space)
        return fail(STATUS_USAGE, "what describes a search needs --space");
    if (t->again && t->count)
        return fail(STATUS_USAGE, "--again and -n exclude each other");
    return STATUS_OK;
}

static int read_texts(const ask_texts *t, visit_options *options) {
    options->journal = t->journal;
    options->evaluations = t->description.evaluations;
    options->asks = true;
    options->wanted = t->again ? 0 : 1;
    int status = check_texts(t);
    if (status == STATUS_OK)
        status = option_number32("-n", t->count, 1, &options->wanted);
    return status == STATUS_OK ? visit_wait(t->wait, &options->wait) : status;
}

/* -- candidates -------------------------------------------------------------------------------- */

static int print_candidate(const visit *v, size_t i, FILE *stream) {
    size_t variables = linas_space_variables(v->protocol.space);
    double *known = get_memory(v->protocol.objective_count, sizeof *known);
    char *text = NULL;
    if (linas_search_known(v->search, v->ids[i], known) == LINAS_OK)
        text = request_text(&v->protocol, v->ids[i], v->genomes + i * variables, known);
    free(known);
    if (!text)
        return fail(STATUS_FAILED, "%s", linas_context_message(v->context));
    fputs(text, stream);
    free(text);
    return STATUS_OK;
}

/* What was out before comes with --again only. */
static int print_candidates(const visit *v, bool again, FILE *stream, size_t *printed) {
    int status = STATUS_OK;
    for (size_t i = 0; i < v->count && status == STATUS_OK; i++) {
        if ((v->ids[i] < v->proposed) != again)
            continue;
        status = print_candidate(v, i, stream);
        ++*printed;
    }
    return status;
}

static void say_why_none(const visit *v) {
    uint64_t out = v->proposed - linas_search_evaluations(v->search);
    bool spent = v->proposed - linas_search_imported(v->search) >= v->budget;
    if (out > 0)
        warn("nothing new: %s; %" PRIu64 " have no answer yet (--again prints them)",
             spent ? "the whole budget is handed out" : "every sub-network is handed out", out);
    else
        warn("the search has ended: %s",
             linas_stop_text(spent ? LINAS_STOP_EVALUATIONS : LINAS_STOP_EXHAUSTED));
}

/* The text is printed when the lock is given back: nobody need wait for a slow reader. */
static int ask(linas_context *context, const visit_options *options, bool again) {
    visit v;
    char *text = NULL;
    size_t length = 0, printed = 0;
    int status = visit_open(context, options, &v);
    FILE *stream = status == STATUS_OK ? open_memstream(&text, &length) : NULL;
    if (stream) {
        status = print_candidates(&v, again, stream, &printed);
        fclose(stream);
        if (printed == 0 && !again)
            say_why_none(&v);
    }
    int closed = visit_close(&v);
    status = status == STATUS_OK ? closed : status;
    if (status == STATUS_OK && text)
        fputs(text, stdout);
    free(text);
    return status == STATUS_OK ? finish_output() : status;
}

static int run_ask(const ask_texts *t) {
    visit_options options = {.journal = NULL};
    description given = {.objectives = NULL};
    linas_space *space = NULL;
    int status = read_texts(t, &options);
    if (status == STATUS_OK && t->space)
        status = description_read(&t->description, &given);
    linas_context *context = status == STATUS_OK ? open_context() : NULL;
    if (status == STATUS_OK && !context)
        status = STATUS_FAILED;
    if (status == STATUS_OK && t->space)
        status = open_space(context, t->space, &space);
    if (t->space) {
        options.space = space;
        options.given = &given;
    }
    if (status == STATUS_OK)
        status = ask(context, &options, t->again);
    linas_space_destroy(space);
    linas_context_destroy(context);
    description_free(&given);
    return status;
}

int ask_command(int count, char **arguments) {
    enum { OWN_RULES = 4 };
    ask_texts t = {.journal = NULL};
    option_rule rules[OWN_RULES + DESCRIPTION_RULES] = {{.name = "-n", .value = &t.count},
                                                        {.name = "--space", .value = &t.space},
                                                        {.name = "--wait", .value = &t.wait},
                                                        {.name = "--again", .flag = &t.again}};
    description_rules(&t.description, rules + OWN_RULES);
    int status = options_read(count, arguments, rules, sizeof rules / sizeof *rules, &t.journal);
    if (status == STATUS_OK)
        status = run_ask(&t);
    description_texts_free(&t.description);
    return status;
}

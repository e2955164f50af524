/* SPDX-License-Identifier: Apache-2.0 */
#include "visit.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

static const double DEFAULT_WAIT = 60;                       /* seconds */
static const double FIRST_PAUSE = 0.02, LONGEST_PAUSE = 0.5; /* between two tries at the lock */

/* What became of one try. */
enum { TRY_AGAIN = -1 };

int visit_wait(const char *text, double *seconds) {
    *seconds = DEFAULT_WAIT;
    if (text && (!parse_real(text, seconds) || *seconds < 0))
        return fail(STATUS_USAGE, "--wait needs a number of seconds, not '%s'", text);
    return STATUS_OK;
}

static int library_failure(const visit *v) {
    return fail(STATUS_FAILED, "%s", linas_context_message(v->context));
}

/* -- beginning a journal ----------------------------------------------------------------------- */

static int has_begun(const visit_options *options, const visit *v, linas_status status) {
    if (status == LINAS_OK || status == LINAS_ERROR_LOCKED)
        return TRY_AGAIN;
    char *line = header_line(options->journal); /* another one was faster */
    free(line);
    if (line)
        return TRY_AGAIN;
    if (status == LINAS_ERROR_INVALID_ARGUMENT || status == LINAS_ERROR_OUT_OF_RANGE)
        return fail(STATUS_USAGE, "%s", linas_context_message(v->context));
    return library_failure(v);
}

/* Writes the first line, with the whole budget. */
static int begin(const visit_options *options, const visit *v) {
    struct stat facts;
    linas_search *search = NULL;
    if (!options->given)
        return fail(STATUS_FAILED,
                    "%s: there is no journal; 'linas ask' begins one when it is "
                    "given --space and --objective",
                    options->journal);
    linas_search_options o = options->given->options;
    o.journal = options->journal;
    o.outstanding = options->wanted > 0 ? options->wanted : 1;
    o.resume = stat(options->journal, &facts) == 0 && facts.st_size > 0; /* a torn first line */
    linas_status status =
        linas_search_create(v->context, options->space, options->given->objectives,
                            options->given->objective_count, &o, &search);
    linas_search_destroy(search);
    return has_begun(options, v, status);
}

/* -- one try ----------------------------------------------------------------------------------- */

/* Ids are given from 0 on: the first that was not. */
static uint64_t count_proposed(const linas_search *search) {
    double *known = get_memory(linas_search_objectives(search), sizeof *known);
    uint64_t low = linas_search_evaluations(search), step = 1;
    while (linas_search_known(search, low + step - 1, known) == LINAS_OK) {
        low += step;
        step *= 2;
    }
    for (; step > 0; step /= 2)
        if (linas_search_known(search, low + step - 1, known) == LINAS_OK)
            low += step;
    free(known);
    return low;
}

/* What the journal says, without its lock. */
static int read_journal(const visit_options *options, const char *line, visit *v) {
    description own = {.objectives = NULL};
    if (linas_search_open_journal(v->context, options->journal, &v->reader) != LINAS_OK)
        return library_failure(v);
    int status = description_from_header(options->journal, line, &own);
    if (status == STATUS_OK)
        status = option_number("--evaluations", options->evaluations, 1, UINT64_MAX,
                               &own.options.evaluations);
    v->proposed = count_proposed(v->reader);
    v->budget = own.options.evaluations;
    v->description = own;
    return status;
}

/* Never more are proposed than are handed out, so that the journal tells both: the budget of this
 * visit is what is proposed and what is wanted. */
static linas_search_options options_of(const visit_options *options, const visit *v) {
    linas_search_options o = options->given ? options->given->options : v->description.options;
    uint64_t used = v->proposed - linas_search_imported(v->reader);
    uint64_t left = v->budget > used ? v->budget - used : 0;
    uint64_t out = v->proposed - linas_search_evaluations(v->reader);
    uint64_t wanted = options->wanted < left ? options->wanted : left;
    o.journal = options->journal;
    o.resume = 1;
    o.sync_every = UINT32_MAX; /* visit_close() makes it durable */
    o.evaluations = used + wanted > 0 ? used + wanted : 1;
    if (options->asks)
        o.outstanding = (uint32_t)(out + wanted > 0 ? out + wanted : 1);
    else if (o.outstanding > 0)
        o.outstanding = UINT32_MAX;
    return o;
}

static int hand_out(const visit_options *options, visit *v) {
    size_t out = (size_t)(v->proposed - linas_search_evaluations(v->search));
    size_t most = out + options->wanted;
    v->ids = get_memory(most, sizeof *v->ids);
    v->genomes = get_memory(most, linas_space_variables(v->protocol.space) * sizeof *v->genomes);
    if (most == 0 || linas_search_ask(v->search, most, v->ids, v->genomes, &v->count) == LINAS_OK)
        return STATUS_OK;
    return library_failure(v);
}

/* Did somebody come between the reading and the lock? */
static bool has_moved(const visit_options *options, const visit *v) {
    linas_search *now = NULL;
    bool moved = linas_search_open_journal(v->context, options->journal, &now) == LINAS_OK &&
                 count_proposed(now) != v->proposed;
    linas_search_destroy(now);
    return moved;
}

/* Others may have used up what this visit took for its budget. */
static int explain(const visit_options *options, const visit *v) {
    char *why = copy_text(linas_context_message(v->context));
    int status = has_moved(options, v) ? TRY_AGAIN : fail(STATUS_FAILED, "%s", why);
    free(why);
    return status;
}

static int enter(const visit_options *options, visit *v) {
    const description *d = options->given ? options->given : &v->description;
    linas_search_options o = options_of(options, v);
    v->protocol = (protocol){options->given ? options->space : linas_search_space(v->reader),
                             d->objectives, d->objective_count};
    linas_status status = linas_search_create(v->context, v->protocol.space, d->objectives,
                                              d->objective_count, &o, &v->search);
    if (status == LINAS_ERROR_LOCKED)
        return TRY_AGAIN;
    if (status != LINAS_OK)
        return explain(options, v);
    return count_proposed(v->search) == v->proposed ? hand_out(options, v) : TRY_AGAIN;
}

static int visit_once(const visit_options *options, visit *v) {
    char *line = header_line(options->journal);
    if (!line)
        return begin(options, v);
    int status = read_journal(options, line, v);
    free(line);
    return status == STATUS_OK ? enter(options, v) : status;
}

/* -- until the lock is had --------------------------------------------------------------------- */

int visit_close(visit *v) {
    int status = STATUS_OK;
    if (v->search && linas_search_sync(v->search) != LINAS_OK)
        status = library_failure(v);
    linas_search_destroy(v->search);
    linas_search_destroy(v->reader);
    description_free(&v->description);
    free(v->ids);
    free(v->genomes);
    *v = (visit){.context = v->context};
    return status;
}

/* Ever longer, for a try reads the whole journal. */
static void rest(double *pause) {
    struct timespec time = {0, (long)(1e9 * *pause)};
    nanosleep(&time, NULL);
    *pause = 2 * *pause < LONGEST_PAUSE ? 2 * *pause : LONGEST_PAUSE;
}

int visit_open(linas_context *context, const visit_options *options, visit *v) {
    double until = seconds_now() + options->wait, pause = FIRST_PAUSE;
    *v = (visit){.context = context};
    int status = visit_once(options, v);
    while (status == TRY_AGAIN && seconds_now() <= until) {
        visit_close(v);
        rest(&pause);
        status = visit_once(options, v);
    }
    if (status != TRY_AGAIN)
        return status;
    return fail(STATUS_FAILED, "%s: others write this journal, also after %g seconds (--wait)",
                options->journal, options->wait);
}

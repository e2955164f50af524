/* SPDX-License-Identifier: Apache-2.0 */
/* `linas search`: a loop of ask and tell between the library and what measures: a table or an
 * evaluator program. */
#include "child.h"
#include "commands.h"
#include "description.h"
#include "devices.h"
#include "import.h"
#include "output.h"
#include "progress.h"
#include "table.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_JOBS = 1024, TOLD_FAILURES = 10, REFERENCES_TRIED = 3 };

static const double DEFAULT_TIMEOUT = 3600; /* seconds */
static const double DEFAULT_DEVICE_LIMIT = 0.05;

/* The command line, in texts. */
typedef struct search_texts {
    description_texts description;
    const char *space;
    const char *table;
    const char *variables;
    const char *ordinal;
    const char *journal;
    const char *timeout;
    const char *jobs;
    const char *attempts;
    const char *remeasure;
    const char *drift_limit;
    const char *device_limit;
    const char *calibrate;
    text_list evaluators;
    text_list imports;
    const char *import_only;
    bool resume;
    bool asynchronous;
} search_texts;

/* The search and what belongs to it. */
typedef struct job {
    const search_texts *texts;
    description description;
    text_list variables;
    text_list ordinals;
    text_list import_only;
    double timeout;
    uint64_t jobs;
    uint64_t outstanding_limit;
    double device_limit;
    bool *calibrated;
    char *record; /* of the devices, beside the journal */

    linas_context *context;
    linas_space *space; /* of --space */
    table *table;
    devices *devices;
    linas_search *search;
    uint64_t told_failures; /* on standard error */
    uint64_t failures;      /* recorded as evaluations */
    char *last_failure;
} job;

/* -- signals ----------------------------------------------------------------------------------- */

static volatile sig_atomic_t caught_signal;
static linas_search *volatile running_search;

/* The first asks for an orderly end; the second does not wait for it. */
static void on_signal(int number) {
    if (caught_signal) {
        child_kill_now();
        _exit(STATUS_SIGNAL + number);
    }
    caught_signal = number;
    if (running_search)
        linas_search_request_stop(running_search);
}

static void catch_signals(void) {
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction old;
        struct sigaction action = {.sa_handler = on_signal};
        sigemptyset(&action.sa_mask);
        if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(numbers[i], &action, NULL);
    }
    signal(SIGPIPE, SIG_IGN); /* an evaluator's death is seen by the failing write */
}

/* -- from texts to values ---------------------------------------------------------------------- */

static int read_timeout(const char *text, double *timeout) {
    *timeout = DEFAULT_TIMEOUT;
    if (text && (!parse_real(text, timeout) || *timeout <= 0))
        return fail(STATUS_USAGE, "--timeout needs a number of seconds above 0, not '%s'", text);
    return STATUS_OK;
}

static int read_drift_limit(const search_texts *t, double *most) {
    if (!t->drift_limit)
        return STATUS_OK;
    if (!t->remeasure)
        return fail(STATUS_USAGE, "--drift-limit needs --remeasure");
    if (!parse_real(t->drift_limit, most) || *most <= 0)
        return fail(STATUS_USAGE, "--drift-limit needs a number above 0, not '%s'", t->drift_limit);
    return STATUS_OK;
}

static int read_device_limit(const char *text, double *most) {
    *most = DEFAULT_DEVICE_LIMIT;
    if (text && (!parse_real(text, most) || *most <= 0))
        return fail(STATUS_USAGE, "--device-limit needs a number above 0, not '%s'", text);
    return STATUS_OK;
}

static int check_devices(const search_texts *t) {
    size_t count = t->evaluators.count;
    if (count > CHILDREN_MAX)
        return fail(STATUS_USAGE, "--evaluator may be given %d times at most", CHILDREN_MAX);
    if (count > 1 && t->remeasure)
        return fail(STATUS_USAGE, "--remeasure watches one device: it needs one --evaluator");
    if (count < 2 && (t->calibrate || t->device_limit))
        return fail(STATUS_USAGE, "%s needs several --evaluator",
                    t->calibrate ? "--calibrate" : "--device-limit");
    return STATUS_OK;
}

static int check_source(const search_texts *t) {
    bool evaluated = t->evaluators.count > 0;
    if (!t->table && !t->space)
        return fail(STATUS_USAGE, "search needs --space and --evaluator, or --table");
    if (t->table && (t->space || evaluated))
        return fail(STATUS_USAGE, "--table excludes --space and --evaluator");
    if (t->table && !t->variables)
        return fail(STATUS_USAGE, "--table needs --variables");
    if (!t->table && (t->variables || t->ordinal))
        return fail(STATUS_USAGE, "%s needs --table", t->variables ? "--variables" : "--ordinal");
    if (!t->table && !evaluated)
        return fail(STATUS_USAGE, "--space needs --evaluator");
    if (t->table && t->timeout)
        return fail(STATUS_USAGE, "--timeout needs --evaluator");
    if (t->import_only && t->imports.count == 0)
        return fail(STATUS_USAGE, "--import-only needs --import");
    if (t->resume && t->imports.count > 0)
        return fail(STATUS_USAGE,
                    "--import excludes --resume: the journal holds what was imported");
    if (t->resume && !t->journal)
        return fail(STATUS_USAGE, "--resume needs --journal");
    return check_devices(t);
}

/* Several devices never wait for each other. */
static void set_outstanding(job *j) {
    size_t count = j->texts->evaluators.count;
    j->outstanding_limit = j->jobs * (count > 1 ? count : 1);
    if (count > 1 || j->texts->asynchronous)
        j->description.options.outstanding = (uint32_t)j->outstanding_limit;
}

static int read_numbers(job *j) {
    const search_texts *t = j->texts;
    linas_search_options *o = &j->description.options;
    int status = option_number("--jobs", t->jobs, 1, MOST_JOBS, &j->jobs);
    set_outstanding(j);
    if (status == STATUS_OK)
        status = option_number32("--attempts", t->attempts, 1, &o->attempts);
    if (status == STATUS_OK)
        status = option_number32("--remeasure", t->remeasure, 1, &o->remeasure);
    if (status == STATUS_OK)
        status = read_drift_limit(t, &o->drift_limit);
    if (status == STATUS_OK)
        status = read_timeout(t->timeout, &j->timeout);
    if (status == STATUS_OK)
        status = read_device_limit(t->device_limit, &j->device_limit);
    return status;
}

static int mark_calibrated(job *j, const char *name) {
    for (size_t i = 0; i < j->description.objective_count; i++) {
        if (strcmp(j->description.objectives[i].name, name) != 0)
            continue;
        j->calibrated[i] = true;
        return STATUS_OK;
    }
    return fail(STATUS_USAGE, "--calibrate names '%s', which is no objective", name);
}

static int read_calibrate(job *j) {
    text_list names = {NULL, 0};
    j->calibrated = get_memory(j->description.objective_count, sizeof *j->calibrated);
    memset(j->calibrated, 0, j->description.objective_count * sizeof *j->calibrated);
    int status = STATUS_OK;
    if (j->texts->calibrate)
        status = text_list_split(&names, "--calibrate", j->texts->calibrate);
    for (size_t i = 0; i < names.count && status == STATUS_OK; i++)
        status = mark_calibrated(j, names.items[i]);
    text_list_free(&names);
    return status;
}

static int read_texts(job *j) {
    const search_texts *t = j->texts;
    int status = check_source(t);
    if (status == STATUS_OK)
        status = description_read(&t->description, &j->description);
    if (status == STATUS_OK)
        status = read_calibrate(j);
    if (status == STATUS_OK)
        status = read_numbers(j);
    if (status == STATUS_OK && t->variables)
        status = text_list_split(&j->variables, "--variables", t->variables);
    if (status == STATUS_OK && t->ordinal)
        status = text_list_split(&j->ordinals, "--ordinal", t->ordinal);
    if (status == STATUS_OK && t->import_only)
        status = text_list_split(&j->import_only, "--import-only", t->import_only);
    j->description.options.journal = t->journal;
    j->description.options.resume = t->resume;
    j->description.options.progress = progress_report;
    if (t->journal && t->evaluators.count > 1)
        j->record = make_text("%s.devices", t->journal);
    return status;
}

/* -- opening ----------------------------------------------------------------------------------- */

static const linas_space *space_of(const job *j) {
    return j->table ? table_space(j->table) : j->space;
}

/* Few rows of a huge product are hard to find for a search that draws configurations. */
static void warn_if_sparse(const job *j) {
    double share = (double)table_rows(j->table) / linas_space_raw_cardinality(space_of(j));
    if (share < 1e-4)
        warn("%s: has only one of %.3g configurations of these variables; the search may not find "
             "its rows",
             j->texts->table, 1 / share);
}

static int open_source(job *j) {
    if (j->texts->table) {
        table_columns columns = {j->texts->table, &j->variables, &j->ordinals,
                                 j->description.objectives, j->description.objective_count};
        int status = table_open(j->context, &columns, &j->table);
        if (status == STATUS_OK)
            warn_if_sparse(j);
        return status;
    }
    int status = open_space(j->context, j->texts->space, &j->space);
    if (status != STATUS_OK)
        return status;
    devices_options options = {.evaluator = {NULL, j->timeout, j->space, j->description.objectives,
                                             j->description.objective_count, j->context},
                               .commands = &j->texts->evaluators,
                               .jobs = (size_t)j->jobs,
                               .limit = j->device_limit,
                               .calibrated = j->calibrated,
                               .record = j->record,
                               .append = j->description.options.resume};
    return devices_start(&options, &j->devices);
}

static int open_search(job *j) {
    linas_status status =
        linas_search_create(j->context, space_of(j), j->description.objectives,
                            j->description.objective_count, &j->description.options, &j->search);
    if (status == LINAS_OK)
        return STATUS_OK;
    return fail(status == LINAS_ERROR_INVALID_ARGUMENT || status == LINAS_ERROR_OUT_OF_RANGE
                    ? STATUS_USAGE
                    : STATUS_FAILED,
                "%s", linas_context_message(j->context));
}

static int import_all(job *j) {
    int status = STATUS_OK;
    for (size_t i = 0; i < j->texts->imports.count && status == STATUS_OK; i++)
        status = import_file(j->context, j->search, j->texts->imports.items[i], &j->import_only);
    return status;
}

/* -- measuring --------------------------------------------------------------------------------- */

static int library_failure(const job *j) {
    return fail(STATUS_FAILED, "%s", linas_context_message(j->context));
}

/* The reference sub-network was measured before: a failure of its id is one of measuring it again.
 */
static bool is_reference(const job *j, uint64_t id) {
    linas_drift drift = LINAS_DRIFT_INIT;
    return linas_search_drift(j->search, 0, &drift) == LINAS_OK && drift.id == id;
}

static const char *failure_form(const job *j, const evaluator_answer *answer, bool recorded) {
    if (recorded)
        return answer->outcome == LINAS_EVALUATION_INFEASIBLE ? "is infeasible" : "failed";
    return is_reference(j, answer->id) ? "could not be measured again"
                                       : "failed and will be tried again";
}

/* Says the first few failures; all of them are in the journal. */
static void note_failure(job *j, const evaluator_answer *answer, bool recorded) {
    free(j->last_failure);
    j->last_failure = copy_text(answer->reason);
    j->failures += recorded;
    j->told_failures++;
    if (j->told_failures <= TOLD_FAILURES)
        warn("evaluation %" PRIu64 " %s: %s", answer->id, failure_form(j, answer, recorded),
             answer->reason);
    if (j->told_failures == TOLD_FAILURES)
        warn("further failures are not shown");
}

static linas_status tell_failure(job *j, const evaluator_answer *answer) {
    uint64_t before = linas_search_evaluations(j->search);
    linas_status status =
        linas_search_tell_failed(j->search, answer->id, answer->outcome, answer->reason);
    if (status == LINAS_OK)
        note_failure(j, answer, linas_search_evaluations(j->search) > before);
    return status;
}

static int tell(job *j, const evaluator_answer *answer) {
    linas_status status = answer->values ? linas_search_tell(j->search, answer->id, answer->values,
                                                             j->description.objective_count)
                                         : tell_failure(j, answer);
    return status == LINAS_OK ? STATUS_OK : library_failure(j);
}

/* Requests that were handed over and have no answer yet. */
static size_t waiting(const job *j) {
    return j->devices ? devices_outstanding(j->devices) : 0;
}

static int look_up(job *j, uint64_t id, const int32_t *genome) {
    evaluator_answer answer = {id, table_find(j->table, genome), LINAS_EVALUATION_FAILED,
                               "no row of the table", false};
    return tell(j, &answer);
}

/* With what was imported of it, which the evaluator need not measure. */
static int send_request(const job *j, uint64_t id, const int32_t *genome) {
    double *known = get_memory(j->description.objective_count, sizeof *known);
    int status = STATUS_OK;
    if (linas_search_known(j->search, id, known) == LINAS_OK)
        devices_send(j->devices, id, genome, known);
    else
        status = library_failure(j);
    free(known);
    return status;
}

/* Asks for as many sub-networks as may be outstanding, and hands `*count` of them over. */
static int ask(job *j, uint64_t *ids, int32_t *genomes, size_t *count) {
    size_t capacity = j->devices ? devices_places(j->devices) : (size_t)j->outstanding_limit;
    size_t variables = linas_space_variables(space_of(j));
    if (capacity == 0)
        return STATUS_OK;
    if (linas_search_ask(j->search, capacity, ids, genomes, count) != LINAS_OK)
        return library_failure(j);
    int status = STATUS_OK;
    for (size_t i = 0; i < *count && status == STATUS_OK; i++) {
        const int32_t *genome = genomes + i * variables;
        status = j->table ? look_up(j, ids[i], genome) : send_request(j, ids[i], genome);
    }
    return status;
}

/* One round: ask, then wait a moment for an answer. `*over` when nothing is left to do. */
static int step(job *j, uint64_t *ids, int32_t *genomes, bool *over) {
    size_t count = 0;
    int status = ask(j, ids, genomes, &count);
    if (status != STATUS_OK)
        return status;
    if (waiting(j) == 0) {
        *over = count == 0;
        return STATUS_OK;
    }
    evaluator_answer answer;
    bool answered;
    status = devices_next(j->devices, &answer, &answered);
    if (status == STATUS_OK && answered)
        status = tell(j, &answer);
    progress_tick();
    return status;
}

static bool is_stopped(void) {
    progress_tick();
    return caught_signal != 0;
}

/* Sub-networks that every device ended with: are they to blame, or the devices? */
typedef struct suspects {
    uint64_t ids[REFERENCES_TRIED];
    size_t count;
} suspects;

/* Measures the next sub-network on every device; `*over` when there is none. */
static int compare_once(job *j, suspects *s, bool *over) {
    int32_t *genome = get_memory(linas_space_variables(space_of(j)), sizeof *genome);
    uint64_t id;
    size_t count = 0;
    int status = STATUS_OK;
    if (linas_search_ask(j->search, 1, &id, genome, &count) != LINAS_OK)
        status = library_failure(j);
    *over = count == 0;
    evaluator_answer answer;
    bool answered = false;
    if (status == STATUS_OK && !*over)
        status = devices_compare(j->devices, id, genome, is_stopped, &answer, &answered);
    free(genome);
    if (answered && answer.lost)
        s->ids[s->count++] = id;
    else if (answered)
        status = tell(j, &answer);
    return status;
}

/* A device that measured another one clears the devices. */
static int judge_suspects(job *j, const suspects *s) {
    int status = STATUS_OK;
    for (size_t i = 0; i < s->count && status == STATUS_OK; i++) {
        evaluator_answer answer = {s->ids[i], NULL, LINAS_EVALUATION_FAILED,
                                   "every device ended with it", true};
        if (devices_are_compared(j->devices))
            status = tell(j, &answer);
        else if (linas_search_give_back(j->search, s->ids[i]) != LINAS_OK)
            status = library_failure(j);
    }
    return status;
}

static int compare_devices(job *j) {
    if (!j->devices || devices_count(j->devices) == 1)
        return STATUS_OK;
    suspects s = {.count = 0};
    int status = STATUS_OK;
    bool over = false;
    int tried = 0;
    while (tried < REFERENCES_TRIED && status == STATUS_OK && !over && !caught_signal &&
           !devices_are_compared(j->devices)) {
        status = compare_once(j, &s, &over);
        tried += !over;
    }
    if (status == STATUS_OK)
        status = judge_suspects(j, &s);
    if (status == STATUS_OK && tried > 0 && !caught_signal)
        status = devices_check_compared(j->devices);
    return status;
}

static int measure(job *j) {
    size_t variables = linas_space_variables(space_of(j));
    uint64_t *ids = get_memory(j->outstanding_limit, sizeof *ids);
    int32_t *genomes = get_memory(j->outstanding_limit, variables * sizeof *genomes);
    int status = STATUS_OK;
    bool over = false;
    while (status == STATUS_OK && !over && !caught_signal)
        status = step(j, ids, genomes, &over);
    free(ids);
    free(genomes);
    return status;
}

/* -- results ----------------------------------------------------------------------------------- */

static void print_reference(const job *j) {
    double *reference = get_memory(j->description.objective_count, sizeof *reference);
    if (linas_search_reference(j->search, reference) == LINAS_OK)
        for (size_t i = 0; i < j->description.objective_count; i++)
            printf("%s%s %.10g%s",
                   i > 0 ? ", " : " (reference point: ", j->description.objectives[i].name,
                   reference[i], i + 1 == j->description.objective_count ? ")" : "");
    free(reference);
}

/* What measuring the reference sub-network again and again found. */
static void print_drift(const job *j) {
    for (size_t i = 0; i < j->description.objective_count && j->description.options.remeasure > 0;
         i++) {
        linas_drift drift = LINAS_DRIFT_INIT;
        if (linas_search_drift(j->search, i, &drift) != LINAS_OK || drift.measurements < 2)
            continue;
        printf("drift of %s: %+.3g %% in %" PRIu64 " measurements of sub-network %" PRIu64
               " (standard deviation %.3g)%s\n",
               j->description.objectives[i].name, 100 * drift.change, drift.measurements, drift.id,
               drift.deviation, drift.exceeded ? ", beyond the limit" : "");
    }
}

static void print_summary(const job *j, const char *stopped, size_t front) {
    double hypervolume = 0;
    printf("stopped: %s\n", stopped);
    printf("evaluations: %" PRIu64,
           linas_search_evaluations(j->search) - linas_search_imported(j->search));
    if (linas_search_imported(j->search) > 0)
        printf(", imported: %" PRIu64, linas_search_imported(j->search));
    if (j->failures > 0)
        printf(", failed in this run: %" PRIu64, j->failures);
    if (linas_search_hypervolume(j->search, &hypervolume) == LINAS_OK) {
        printf("\nhypervolume: %.10g", hypervolume);
        print_reference(j);
    }
    putchar('\n');
    print_drift(j);
    if (j->devices)
        devices_print(j->devices);
    printf("front: %zu\n", front);
}

static int print_front(const job *j, const linas_front *front) {
    size_t count = linas_front_size(front);
    linas_evaluation *members = get_memory(count, sizeof *members);
    int status = STATUS_OK;
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        members[i] = (linas_evaluation)LINAS_EVALUATION_INIT;
        if (linas_front_get(front, i, &members[i]) != LINAS_OK)
            status = library_failure(j);
    }
    if (status == STATUS_OK && count > 0) {
        putchar('\n');
        status = print_evaluations(j->context, j->search, members, count, FORMAT_TABLE);
    }
    free(members);
    return status;
}

static int print_results(const job *j, const char *stopped) {
    linas_front *front;
    if (linas_search_front(j->search, &front) != LINAS_OK)
        return library_failure(j);
    signal(SIGPIPE, SIG_DFL);
    print_summary(j, stopped, linas_front_size(front));
    int status = print_front(j, front);
    linas_front_destroy(front);
    return status == STATUS_OK ? finish_output() : status;
}

/* Was anything measured, in this run or before it was resumed? */
static bool has_success(const job *j) {
    linas_evaluation evaluation = LINAS_EVALUATION_INIT;
    for (uint64_t i = 0; i < linas_search_evaluations(j->search); i++)
        if (linas_search_evaluation(j->search, i, &evaluation) == LINAS_OK &&
            evaluation.outcome == LINAS_EVALUATION_OK)
            return true;
    return false;
}

/* Nothing measured is a failure of the search, whatever ended it. */
static int judge(const job *j) {
    if (linas_search_evaluations(j->search) == 0)
        return fail(STATUS_FAILED, "no feasible sub-network was found");
    if (!has_success(j))
        return fail(STATUS_FAILED, "all %" PRIu64 " evaluations failed; the last: %s",
                    linas_search_evaluations(j->search),
                    j->last_failure ? j->last_failure : "before this run");
    return STATUS_OK;
}

static int report(const job *j, int status) {
    const char *stopped = linas_stop_text(linas_search_stop_reason(j->search));
    int interrupt = caught_signal;
    if (status != STATUS_OK)
        stopped = "by a failure";
    else if (interrupt)
        stopped = "interrupted";
    int printed = STATUS_OK;
    if (linas_search_evaluations(j->search) > 0)
        printed = print_results(j, stopped);
    if (status != STATUS_OK)
        return status;
    if (interrupt) {
        fail(STATUS_FAILED, j->texts->journal ? "interrupted; --resume continues with the journal"
                                              : "interrupted");
        return STATUS_SIGNAL + interrupt;
    }
    return printed == STATUS_OK ? judge(j) : printed;
}

/* -- the command ------------------------------------------------------------------------------- */

static int run_job(job *j) {
    catch_signals();
    j->context = open_context();
    if (!j->context)
        return STATUS_FAILED;
    int status = open_source(j);
    if (status == STATUS_OK)
        status = open_search(j);
    if (status == STATUS_OK)
        status = import_all(j);
    if (status != STATUS_OK)
        return status;
    running_search = j->search;
    progress_start(linas_search_evaluations(j->search) - linas_search_imported(j->search));
    status = compare_devices(j);
    if (status == STATUS_OK)
        status = measure(j);
    progress_end();
    devices_stop(j->devices, status == STATUS_OK && !caught_signal);
    status = report(j, status);
    running_search = NULL;
    return status;
}

static void close_job(job *j) {
    devices_free(j->devices);
    linas_search_destroy(j->search);
    table_close(j->table);
    linas_space_destroy(j->space);
    linas_context_destroy(j->context);
    description_free(&j->description);
    text_list_free(&j->variables);
    text_list_free(&j->ordinals);
    text_list_free(&j->import_only);
    free(j->last_failure);
    free(j->calibrated);
    free(j->record);
}

int search_command(int count, char **arguments) {
    search_texts t = {0};
    enum { OWN_RULES = 17 };
    option_rule rules[OWN_RULES + DESCRIPTION_RULES] = {
        {.name = "--space", .value = &t.space},
        {.name = "--evaluator", .list = &t.evaluators},
        {.name = "--table", .value = &t.table},
        {.name = "--variables", .value = &t.variables},
        {.name = "--ordinal", .value = &t.ordinal},
        {.name = "--journal", .value = &t.journal},
        {.name = "--resume", .flag = &t.resume},
        {.name = "--asynchronous", .flag = &t.asynchronous},
        {.name = "--timeout", .value = &t.timeout},
        {.name = "--jobs", .value = &t.jobs},
        {.name = "--import", .list = &t.imports},
        {.name = "--import-only", .value = &t.import_only},
        {.name = "--attempts", .value = &t.attempts},
        {.name = "--remeasure", .value = &t.remeasure},
        {.name = "--drift-limit", .value = &t.drift_limit},
        {.name = "--device-limit", .value = &t.device_limit},
        {.name = "--calibrate", .value = &t.calibrate}};
    description_rules(&t.description, rules + OWN_RULES);
    job j = {.texts = &t, .jobs = 1, .outstanding_limit = 1};
    int status = options_read(count, arguments, rules, sizeof rules / sizeof *rules, NULL);
    if (status == STATUS_OK)
        status = read_texts(&j);
    if (status == STATUS_OK)
        status = run_job(&j);
    close_job(&j);
    description_texts_free(&t.description);
    text_list_free(&t.evaluators);
    text_list_free(&t.imports);
    return status;
}

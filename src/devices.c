/* SPDX-License-Identifier: Apache-2.0 */
/* One evaluator program or several, each a device. */
#include "devices.h"
#include "child.h"
#include "output.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SILENCES_IN_A_ROW = 3, WARNINGS = 10 };

#define NONE SIZE_MAX

/* A request that has no answer yet. */
typedef struct task {
    uint64_t id;
    int32_t *genome;
    double *known;
    size_t at;      /* the device that measures it; NONE: it waits for one */
    size_t lost_by; /* the device that ended while it measured this, or NONE */
} task;

typedef struct device {
    evaluator *evaluator; /* NULL: not running */
    double *ratios;       /* of its measures to the base's; NULL: not compared */
    uint64_t answers;
    int silences; /* since the last answer */
    bool taken_out;
} device;

struct devices {
    devices_options options;
    device *items;
    size_t count;
    size_t base; /* the device that the others are compared with, or NONE */
    task *tasks;
    size_t task_count;
    size_t task_capacity;
    size_t turn; /* the device that is looked at first */
    double *values;
    FILE *record; /* opened for its first line, when the journal is known to be good */
    int warnings;
};

static const char *command_of(const devices *d, size_t index) {
    return d->options.commands->items[index];
}

static size_t objective_count(const devices *d) {
    return d->options.evaluator.objective_count;
}

static const char *objective_name(const devices *d, size_t index) {
    return d->options.evaluator.objectives[index].name;
}

static size_t living(const devices *d) {
    size_t count = 0;
    for (size_t k = 0; k < d->count; k++)
        count += d->items[k].evaluator != NULL;
    return count;
}

/* -- tasks ------------------------------------------------------------------------------------- */

static void remove_task(devices *d, size_t index) {
    free(d->tasks[index].genome);
    free(d->tasks[index].known);
    d->task_count--;
    memmove(&d->tasks[index], &d->tasks[index + 1], (d->task_count - index) * sizeof *d->tasks);
}

static size_t find_task(const devices *d, uint64_t id) {
    for (size_t i = 0; i < d->task_count; i++)
        if (d->tasks[i].id == id)
            return i;
    return NONE;
}

/* Nobody gets a task again that it ended with, unless it is the only one left. */
static bool may_take(const devices *d, size_t index, const task *t) {
    const device *item = &d->items[index];
    return item->evaluator && evaluator_outstanding(item->evaluator) < d->options.jobs &&
           (t->lost_by != index || living(d) == 1);
}

/* The device with the fewest requests of those that may take the task, or NONE. */
static size_t choose_device(const devices *d, const task *t) {
    size_t best = NONE;
    for (size_t k = 0; k < d->count; k++)
        if (may_take(d, k, t) &&
            (best == NONE || evaluator_outstanding(d->items[k].evaluator) <
                                 evaluator_outstanding(d->items[best].evaluator)))
            best = k;
    return best;
}

static int hand_out(devices *d) {
    int status = STATUS_OK;
    for (size_t i = 0; i < d->task_count && status == STATUS_OK; i++) {
        task *t = &d->tasks[i];
        if (t->at == NONE)
            t->at = choose_device(d, t);
        else
            continue;
        if (t->at != NONE)
            status = evaluator_send(d->items[t->at].evaluator, t->id, t->genome, t->known);
    }
    return status;
}

/* -- devices that are lost --------------------------------------------------------------------- */

static int none_left(const devices *d) {
    return fail(STATUS_FAILED, d->options.record
                                   ? "no device is left; --resume continues with the journal"
                                   : "no device is left");
}

static void take_out(devices *d, size_t index) {
    device *item = &d->items[index];
    evaluator_end(item->evaluator, false);
    item->evaluator = NULL;
    item->taken_out = true;
    for (size_t i = 0; i < d->task_count; i++)
        if (d->tasks[i].at == index)
            d->tasks[i].at = NONE;
    warn("device %zu (%s) is taken out; %zu left", index + 1, command_of(d, index), living(d));
}

static void take_out_silent(devices *d) {
    for (size_t k = 0; k < d->count && d->count > 1; k++)
        if (d->items[k].evaluator && d->items[k].silences >= SILENCES_IN_A_ROW)
            take_out(d, k);
}

/* The device ended: its sub-network is measured by another one, once. */
static void requeue(devices *d, size_t index, task *t, const char *why) {
    t->at = NONE;
    t->lost_by = index;
    if (d->warnings++ < WARNINGS)
        warn("device %zu (%s) lost evaluation %" PRIu64 ", which goes to another one: %s",
             index + 1, command_of(d, index), t->id, why);
}

/* -- which device measured what ---------------------------------------------------------------- */

static void print_values(const devices *d, const char *key, const double *values) {
    if (!values)
        return;
    fprintf(d->record, ",\"%s\":{", key);
    for (size_t i = 0; i < objective_count(d); i++) {
        fputs(i > 0 ? "," : "", d->record);
        print_json_string(d->record, objective_name(d, i));
        fprintf(d->record, ":%s", isfinite(values[i]) ? shortest(values[i]).text : "null");
    }
    fputc('}', d->record);
}

static int end_line(const devices *d) {
    fputs("}\n", d->record);
    if (fflush(d->record) == 0)
        return STATUS_OK;
    return fail(STATUS_FAILED, "cannot write '%s': %s", d->options.record, strerror(errno));
}

/* {"device":2,"command":"ssh board2 measure","ratios":{"latency":1.5}} */
static void print_device(const devices *d, size_t index) {
    fprintf(d->record, "{\"device\":%zu,\"command\":", index + 1);
    print_json_string(d->record, command_of(d, index));
    print_values(d, "ratios", d->items[index].ratios);
}

/* {"id":7,"device":2,"measured":{"latency":13.2}}: the values before they are divided. */
static void print_answer(const devices *d, size_t index, const evaluator_answer *a) {
    fprintf(d->record, "{\"id\":%" PRIu64 ",\"device\":%zu", a->id, index + 1);
    print_values(d, "measured", a->values);
}

/* What a writer that died left of a line is ended. */
static void end_torn_line(FILE *record) {
    if (fseek(record, -1, SEEK_END) != 0)
        return;
    bool torn = fgetc(record) != '\n';
    fseek(record, 0, SEEK_END);
    if (torn)
        fputc('\n', record);
}

static int open_record(devices *d) {
    if (d->record)
        return STATUS_OK;
    d->record = fopen(d->options.record, d->options.append ? "a+" : "w");
    if (!d->record)
        return fail(STATUS_FAILED, "cannot write '%s': %s", d->options.record, strerror(errno));
    if (d->options.append)
        end_torn_line(d->record);
    return STATUS_OK;
}

/* A line on the device, or on an answer of it. */
static int record(devices *d, size_t index, const evaluator_answer *a) {
    if (!d->options.record || d->count == 1)
        return STATUS_OK;
    int status = open_record(d);
    if (status != STATUS_OK)
        return status;
    if (a)
        print_answer(d, index, a);
    else
        print_device(d, index);
    return end_line(d);
}

/* -- answers ----------------------------------------------------------------------------------- */

static void calibrate(devices *d, size_t index, evaluator_answer *a) {
    const double *ratios = d->items[index].ratios;
    for (size_t i = 0; i < objective_count(d); i++)
        d->values[i] = d->options.calibrated[i] ? a->values[i] / ratios[i] : a->values[i];
    a->values = d->values;
}

static int take_answer(devices *d, size_t index, evaluator_answer *a, bool *answered) {
    device *item = &d->items[index];
    size_t i = find_task(d, a->id);
    if (a->lost && d->count > 1 && d->tasks[i].lost_by == NONE) {
        requeue(d, index, &d->tasks[i], a->reason);
        *answered = false;
        return STATUS_OK;
    }
    remove_task(d, i);
    item->answers++;
    item->silences = a->outcome == LINAS_EVALUATION_TIMED_OUT ? item->silences + 1 : 0;
    int status = record(d, index, a);
    if (a->values && item->ratios)
        calibrate(d, index, a);
    return status;
}

/* An answer of one device, if there is one. */
static int look(devices *d, size_t index, evaluator_answer *a, bool *answered) {
    int status = evaluator_next(d->items[index].evaluator, a, answered);
    if (status != STATUS_OK && d->count > 1) {
        *answered = false;
        take_out(d, index);
        return living(d) > 0 ? STATUS_OK : none_left(d);
    }
    return status == STATUS_OK && *answered ? take_answer(d, index, a, answered) : status;
}

static bool is_busy(const devices *d, size_t index) {
    const evaluator *e = d->items[index].evaluator;
    return e && evaluator_outstanding(e) > 0;
}

/* Waits a moment until there is something to do for a device. */
static void wait_for_any(const devices *d) {
    struct pollfd ends[2 * CHILDREN_MAX];
    nfds_t count = 0;
    int least = -1;
    for (size_t k = 0; k < d->count; k++) {
        if (!is_busy(d, k))
            continue;
        int milliseconds = evaluator_poll(d->items[k].evaluator, ends + count);
        count += 2;
        if (least < 0 || milliseconds < least)
            least = milliseconds;
    }
    if (count > 0)
        poll(ends, count, least);
}

int devices_next(devices *d, evaluator_answer *a, bool *answered) {
    *answered = false;
    take_out_silent(d);
    if (living(d) == 0)
        return none_left(d);
    int status = hand_out(d);
    size_t first = d->turn;
    for (size_t i = 0; i < d->count && status == STATUS_OK; i++) {
        size_t k = (first + i) % d->count;
        if (!is_busy(d, k))
            continue;
        status = look(d, k, a, answered);
        d->turn = k + 1;
        if (*answered)
            return status;
    }
    if (status == STATUS_OK)
        status = hand_out(d); /* what was lost */
    if (status == STATUS_OK)
        wait_for_any(d);
    return status;
}

/* -- the reference sub-network ----------------------------------------------------------------- */

static bool differs(const devices *d, double ratio) {
    return !(fabs(ratio - 1) <= d->options.limit);
}

static void warn_of_ratio(const devices *d, size_t index, size_t objective, const double *values) {
    const double *ratios = d->items[index].ratios;
    warn("device %zu (%s) measures %s %.6g where device %zu (%s) measures %.6g, ratio %.4g: the "
         "search mixes devices that differ by more than %g",
         index + 1, command_of(d, index), objective_name(d, objective), values[objective],
         d->base + 1, command_of(d, d->base), values[objective] / ratios[objective],
         ratios[objective], d->options.limit);
}

static double ratio_of(double value, double base) {
    return value == base ? 1.0 : value / base;
}

/* Takes the ratios; a device that should be calibrated and cannot be is taken out. */
static void compare(devices *d, size_t index, const double *values, const double *base) {
    device *item = &d->items[index];
    bool useless = false;
    item->ratios = get_memory(objective_count(d), sizeof *item->ratios);
    for (size_t i = 0; i < objective_count(d); i++) {
        double ratio = ratio_of(values[i], base[i]);
        item->ratios[i] = ratio;
        if (d->options.calibrated[i])
            useless = useless || !(ratio > 0) || !isfinite(ratio);
        else if (differs(d, ratio))
            warn_of_ratio(d, index, i, values);
    }
    if (!useless)
        return;
    warn("device %zu (%s) cannot be calibrated", index + 1, command_of(d, index));
    take_out(d, index);
}

static bool any_calibrated(const devices *d) {
    for (size_t i = 0; i < objective_count(d); i++)
        if (d->options.calibrated[i])
            return true;
    return false;
}

static void note_uncompared(devices *d, size_t index, const char *why) {
    warn("device %zu (%s) could not measure the reference sub-network: %s", index + 1,
         command_of(d, index), why);
    if (any_calibrated(d) && d->items[index].evaluator)
        take_out(d, index);
}

/* One answer of each device; false when the wait was stopped. */
static bool collect(devices *d, bool (*stopped)(void), evaluator_answer *answers) {
    for (;;) {
        bool waiting = false;
        for (size_t k = 0; k < d->count; k++) {
            if (!is_busy(d, k))
                continue;
            bool answered = false;
            if (evaluator_next(d->items[k].evaluator, &answers[k], &answered) != STATUS_OK)
                take_out(d, k);
            waiting = waiting || !answered;
        }
        if (stopped())
            return false;
        if (!waiting)
            return true;
        wait_for_any(d);
    }
}

static int send_to_all(devices *d, uint64_t id, const int32_t *genome) {
    int status = STATUS_OK;
    for (size_t i = 0; i < objective_count(d); i++)
        d->values[i] = (double)NAN; /* whatever was imported is measured too */
    for (size_t k = 0; k < d->count && status == STATUS_OK; k++)
        if (d->items[k].evaluator)
            status = evaluator_send(d->items[k].evaluator, id, genome, d->values);
    return status;
}

static size_t first_with_values(const devices *d, const evaluator_answer *answers) {
    for (size_t k = 0; k < d->count; k++)
        if (answers[k].values)
            return k;
    return NONE;
}

static int compare_all(devices *d, const evaluator_answer *answers) {
    for (size_t k = 0; k < d->count; k++) {
        if (answers[k].values)
            compare(d, k, answers[k].values, answers[d->base].values);
        else if (d->items[k].evaluator)
            note_uncompared(d, k, answers[k].reason);
    }
    int status = STATUS_OK;
    for (size_t k = 0; k < d->count && status == STATUS_OK; k++)
        status = record(d, k, NULL);
    return status;
}

/* No device could measure it: an answer of one that did not end with it is worth the most. */
static int give_failure(const devices *d, const evaluator_answer *answers,
                        evaluator_answer *given) {
    size_t best = NONE;
    for (size_t k = 0; k < d->count; k++)
        if (d->items[k].evaluator && (best == NONE || (answers[best].lost && !answers[k].lost)))
            best = k;
    if (best == NONE)
        return none_left(d);
    *given = answers[best];
    return STATUS_OK;
}

static int conclude(devices *d, const evaluator_answer *answers, evaluator_answer *given) {
    d->base = first_with_values(d, answers);
    if (d->base == NONE)
        return give_failure(d, answers, given);
    *given = answers[d->base];
    d->items[d->base].answers++;
    int status = compare_all(d, answers);
    return status == STATUS_OK ? record(d, d->base, given) : status;
}

int devices_compare(devices *d, uint64_t id, const int32_t *genome, bool (*stopped)(void),
                    evaluator_answer *given, bool *answered) {
    evaluator_answer *answers = get_memory(d->count, sizeof *answers);
    memset(answers, 0, d->count * sizeof *answers);
    *answered = false;
    int status = send_to_all(d, id, genome);
    if (status == STATUS_OK && collect(d, stopped, answers)) {
        status = conclude(d, answers, given);
        *answered = status == STATUS_OK;
    }
    free(answers);
    return status;
}

int devices_check_compared(const devices *d) {
    if (d->base != NONE)
        return STATUS_OK;
    if (any_calibrated(d))
        return fail(STATUS_FAILED, "no device could measure a reference sub-network, which "
                                   "--calibrate needs");
    warn("no device could measure a reference sub-network: the devices are not compared");
    return STATUS_OK;
}

bool devices_are_compared(const devices *d) {
    return d->base != NONE;
}

/* -- what was found ---------------------------------------------------------------------------- */

static void print_ratios(const devices *d, size_t index) {
    const double *ratios = d->items[index].ratios;
    for (size_t i = 0; i < objective_count(d); i++)
        printf(", %s x %.4g%s", objective_name(d, i), ratios[i],
               d->options.calibrated[i] ? " (divided by it)"
               : differs(d, ratios[i])  ? " (BEYOND THE LIMIT)"
                                        : "");
}

void devices_print(const devices *d) {
    for (size_t k = 0; k < d->count && d->count > 1; k++) {
        const device *item = &d->items[k];
        printf("device %zu (%s): %" PRIu64 " evaluations", k + 1, command_of(d, k), item->answers);
        if (k != d->base && item->ratios)
            print_ratios(d, k);
        else if (k != d->base)
            fputs(", not compared", stdout);
        puts(item->taken_out ? ", taken out" : "");
    }
}

/* -- begin and end ----------------------------------------------------------------------------- */

static int start_all(devices *d) {
    for (size_t k = 0; k < d->count; k++) {
        evaluator_options options = d->options.evaluator;
        options.command = command_of(d, k);
        int status = evaluator_start(&options, &d->items[k].evaluator);
        if (status == STATUS_OK)
            continue;
        if (status == STATUS_USAGE || d->count == 1)
            return status;
        take_out(d, k);
    }
    return living(d) > 0 ? STATUS_OK : none_left(d);
}

int devices_start(const devices_options *options, devices **started) {
    devices *d = get_memory(1, sizeof *d);
    *d = (devices){.options = *options, .count = options->commands->count, .base = NONE};
    d->items = get_memory(d->count, sizeof *d->items);
    memset(d->items, 0, d->count * sizeof *d->items);
    d->values = get_memory(objective_count(d), sizeof *d->values);
    *started = d;
    return start_all(d);
}

void devices_stop(devices *d, bool in_peace) {
    if (!d)
        return;
    for (size_t k = 0; k < d->count && in_peace; k++)
        if (d->items[k].evaluator)
            evaluator_dismiss(d->items[k].evaluator);
    for (size_t k = 0; k < d->count; k++) {
        evaluator_end(d->items[k].evaluator, in_peace);
        d->items[k].evaluator = NULL;
    }
}

void devices_free(devices *d) {
    if (!d)
        return;
    devices_stop(d, false);
    while (d->task_count > 0)
        remove_task(d, d->task_count - 1);
    for (size_t k = 0; k < d->count; k++)
        free(d->items[k].ratios);
    if (d->record)
        fclose(d->record);
    free(d->tasks);
    free(d->items);
    free(d->values);
    free(d);
}

size_t devices_count(const devices *d) {
    return d->count;
}

size_t devices_places(const devices *d) {
    size_t most = living(d) * d->options.jobs;
    return most > d->task_count ? most - d->task_count : 0;
}

size_t devices_outstanding(const devices *d) {
    return d->task_count;
}

void devices_send(devices *d, uint64_t id, const int32_t *genome, const double *known) {
    size_t variables = linas_space_variables(d->options.evaluator.space);
    if (d->task_count == d->task_capacity) {
        d->task_capacity = d->task_capacity ? 2 * d->task_capacity : 8;
        d->tasks = more_memory(d->tasks, d->task_capacity, sizeof *d->tasks);
    }
    task *t = &d->tasks[d->task_count++];
    *t = (task){id, get_memory(variables, sizeof *genome),
                get_memory(objective_count(d), sizeof *known), NONE, NONE};
    memcpy(t->genome, genome, variables * sizeof *genome);
    memcpy(t->known, known, objective_count(d) * sizeof *known);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A rank that measures: says hello, is told what is searched, answers one task after the other. */
#include "mpi/run.h"

#include <string.h>

typedef struct worker {
    lns_mpi *run;
    const linas_mpi_evaluator *evaluator;
    lns_desk desk;
    lns_process manager;
    int32_t *in, *out;
    int in_words, out_words;
} worker;

/* -- messages -----------------------------------------------------------------------------------
 */

/* Waits for a message on its way, unless rank 0 is known to be dead. */
static linas_status finish(const worker *w, MPI_Request *request) {
    const double look_every = 0.1;
    lns_pause pause = {0};
    double looked = lns_mpi_seconds();
    for (;;) {
        int done = 0;
        LNS_TRY(lns_mpi_check(w->run, MPI_Test(request, &done, MPI_STATUS_IGNORE)));
        if (done)
            return LINAS_OK;
        lns_mpi_pause(w->run, &pause, false);
        if (lns_mpi_seconds() - looked < look_every)
            continue;
        looked = lns_mpi_seconds();
        if (lns_mpi_is_dead(&w->manager)) {
            MPI_Cancel(request);
            MPI_Request_free(request);
            return lns_mpi_fail(w->run, LINAS_ERROR_IO, "rank 0 is dead");
        }
    }
}

static linas_status send(const worker *w, const int32_t *words, int count) {
    const lns_mpi *run = w->run;
    MPI_Request request;
    LNS_TRY(lns_mpi_check(
        w->run, MPI_Isend(words, count, MPI_INT32_T, 0, run->options.tag, run->comm, &request)));
    return finish(w, &request);
}

static linas_status receive(const worker *w, void *buffer, int count, MPI_Datatype type) {
    const lns_mpi *run = w->run;
    MPI_Request request;
    LNS_TRY(lns_mpi_check(
        w->run, MPI_Irecv(buffer, count, type, 0, run->options.tag, run->comm, &request)));
    return finish(w, &request);
}

static linas_status hello(const worker *w) {
    int32_t words[LNS_HEAD_WORDS];
    lns_process self = lns_mpi_this_process();
    lns_head head = {
        .kind = LNS_HELLO, .code = LNS_MPI_VERSION, .id = self.place, .first = self.id};
    lns_pack_head(&head, words);
    return send(w, words, LNS_HEAD_WORDS);
}

/* Rank 0 is told that this rank does not take part; the status is handed back. */
static linas_status refuse(const worker *w, linas_status status) {
    int32_t words[LNS_HEAD_WORDS + LNS_REASON_WORDS];
    lns_head head = {.kind = LNS_REFUSED, .code = status};
    lns_pack_head(&head, words);
    lns_pack_reason(w->run->report.message, words + LNS_HEAD_WORDS);
    LNS_TRY(send(w, words, LNS_HEAD_WORDS + LNS_REASON_WORDS));
    return status;
}

/* -- what is searched ----------------------------------------------------------------------------
 */

/* The names stand behind the space's text, each with a zero at its end. */
static void find_names(lns_desk *desk) {
    const char *at = desk->text;
    for (size_t i = 0; i < desk->objectives; i++) {
        at += strlen(at) + 1;
        desk->names[i] = at;
    }
}

static linas_status make_space(lns_mpi *run, lns_desk *desk) {
    linas_status status = linas_context_create(&desk->context, &run->memory);
    if (status == LINAS_OK)
        status = linas_space_from_json(desk->context, desk->text, strlen(desk->text), &desk->made);
    if (status != LINAS_OK)
        return lns_mpi_fail(run, status, linas_context_message(desk->context));
    desk->space = desk->made;
    return LINAS_OK;
}

static linas_status prepare(worker *w) {
    lns_desk *desk = &w->desk;
    LNS_TRY(lns_desk_prepare(w->run, desk));
    find_names(desk);
    w->in_words = LNS_HEAD_WORDS + (int)(desk->variables + 2 * desk->objectives);
    w->out_words = LNS_HEAD_WORDS + LNS_REASON_WORDS + (int)(2 * desk->objectives);
    w->in = lns_mpi_alloc(w->run, (size_t)w->in_words, sizeof *w->in);
    w->out = lns_mpi_alloc(w->run, (size_t)w->out_words, sizeof *w->out);
    if (!w->in || !w->out)
        return lns_mpi_fail(w->run, LINAS_ERROR_NO_MEMORY, "no memory for messages");
    return make_space(w->run, desk);
}

/* `*setup` is false if the run has ended before it began; its status is returned then. */
static linas_status read_setup(worker *w, bool *setup) {
    int32_t words[LNS_HEAD_WORDS];
    LNS_TRY(receive(w, words, LNS_HEAD_WORDS, MPI_INT32_T));
    lns_head head = lns_unpack_head(words);
    *setup = head.kind == LNS_SETUP;
    if (!*setup)
        return head.code;
    w->manager.place = head.id;
    w->manager.id = head.fourth;
    w->desk.variables = (size_t)head.first;
    w->desk.objectives = (size_t)head.second;
    w->desk.text = lns_mpi_alloc(w->run, (size_t)head.third, 1);
    if (!w->desk.text)
        return refuse(w, lns_mpi_fail(w->run, LINAS_ERROR_NO_MEMORY, "no memory for the space"));
    LNS_TRY(receive(w, w->desk.text, head.third, MPI_BYTE));
    linas_status status = prepare(w);
    return status == LINAS_OK ? LINAS_OK : refuse(w, status);
}

/* -- tasks ---------------------------------------------------------------------------------------
 */

static linas_status answer(worker *w, uint64_t id) {
    lns_desk *desk = &w->desk;
    const int32_t *words = w->in + LNS_HEAD_WORDS;
    linas_mpi_task task = {.id = id};
    memcpy(desk->genome, words, desk->variables * sizeof *words);
    lns_unpack_doubles(words + desk->variables, desk->objectives, desk->known);
    lns_head head = {.kind = LNS_ANSWER, .id = id};
    head.code = lns_desk_measure(w->run, w->evaluator, desk, &task);
    head.first = task.outcome;
    lns_pack_head(&head, w->out);
    lns_pack_reason(head.code == 0 ? desk->reason : w->run->report.message,
                    w->out + LNS_HEAD_WORDS);
    lns_pack_doubles(desk->values, desk->objectives, w->out + LNS_HEAD_WORDS + LNS_REASON_WORDS);
    return send(w, w->out, w->out_words);
}

static linas_status serve(worker *w) {
    for (;;) {
        LNS_TRY(receive(w, w->in, w->in_words, MPI_INT32_T));
        lns_head head = lns_unpack_head(w->in);
        if (head.kind != LNS_TASK)
            return head.code;
        LNS_TRY(answer(w, head.id));
    }
}

linas_status lns_mpi_work(lns_mpi *run, const linas_mpi_evaluator *evaluator, linas_status status) {
    worker w = {.run = run, .evaluator = evaluator};
    bool setup = false;
    if (status != LINAS_OK)
        return refuse(&w, status);
    status = hello(&w);
    if (status == LINAS_OK)
        status = read_setup(&w, &setup);
    if (status == LINAS_OK && setup)
        status = serve(&w);
    lns_mpi_free(run, w.in);
    lns_mpi_free(run, w.out);
    lns_desk_free(run, &w.desk);
    return status;
}

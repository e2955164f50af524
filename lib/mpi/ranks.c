/* SPDX-License-Identifier: Apache-2.0 */
/* Rank 0's messages and their memory. */
#include "mpi/manager.h"

#include <string.h>

/* -- the beginning
 * --------------------------------------------------------------------------------- */

linas_status lns_mpi_describe(lns_mpi *run, const linas_search *search, char **text,
                              size_t *bytes) {
    const linas_space *space = linas_search_space(search);
    size_t json = 0, count = linas_search_objectives(search);
    const char *name = NULL;
    linas_space_to_json(space, NULL, 0, &json);
    *bytes = json;
    for (size_t i = 0; i < count; i++) {
        LNS_TRY(linas_search_objective(search, i, &name, NULL, NULL));
        *bytes += strlen(name) + 1;
    }
    *text = lns_mpi_alloc(run, *bytes, 1);
    if (!*text)
        return lns_mpi_fail(run, LINAS_ERROR_NO_MEMORY, "no memory for the space's text");
    LNS_TRY(linas_space_to_json(space, *text, json, NULL));
    char *at = *text + json;
    for (size_t i = 0; i < count; i++) {
        LNS_TRY(linas_search_objective(search, i, &name, NULL, NULL));
        memcpy(at, name, strlen(name) + 1);
        at += strlen(name) + 1;
    }
    return LINAS_OK;
}

static int answer_words(const lns_manager *m) {
    return LNS_HEAD_WORDS + LNS_REASON_WORDS + (int)(2 * m->objectives);
}

static int task_words(const lns_manager *m) {
    return LNS_HEAD_WORDS + (int)(m->variables + 2 * m->objectives);
}

static bool allocate(lns_manager *m) {
    lns_mpi *run = m->run;
    size_t workers = (size_t)m->workers, n = m->variables > 0 ? m->variables : 1;
    bool good = true;
    m->pending = lns_mpi_alloc(run, workers, sizeof *m->pending);
    m->receiving = lns_mpi_alloc(run, workers, sizeof *m->receiving);
    m->done = lns_mpi_alloc(run, workers, sizeof *m->done);
    m->ids = lns_mpi_alloc(run, workers, sizeof *m->ids);
    m->genomes = lns_mpi_alloc(run, workers * n, sizeof *m->genomes);
    m->queue = lns_mpi_alloc(run, workers * n, sizeof *m->queue);
    m->values = lns_mpi_alloc(run, m->objectives, sizeof *m->values);
    for (size_t i = 0; i < workers; i++) {
        lns_worker *worker = &m->worker[i];
        worker->rank = (int)i + 1;
        worker->since = m->now;
        worker->sending = worker->greeting = worker->texting = MPI_REQUEST_NULL;
        worker->in = lns_mpi_alloc(run, (size_t)answer_words(m), sizeof *worker->in);
        worker->out = lns_mpi_alloc(run, (size_t)task_words(m), sizeof *worker->out);
        good = good && worker->in && worker->out;
        if (m->receiving)
            m->receiving[i] = MPI_REQUEST_NULL;
        if (m->pending && m->queue)
            m->pending[i].genome = m->queue + i * n;
    }
    return good && m->pending && m->receiving && m->done && m->ids && m->genomes && m->queue &&
           m->values;
}

static void pack_setup(lns_manager *m) {
    lns_process self = lns_mpi_this_process();
    lns_head head = {.kind = LNS_SETUP,
                     .code = LNS_MPI_VERSION,
                     .id = self.place,
                     .first = (int32_t)m->variables,
                     .second = (int32_t)m->objectives,
                     .third = (int32_t)m->text_bytes,
                     .fourth = self.id};
    lns_pack_head(&head, m->setup);
}

static void free_buffers(lns_manager *m);

linas_status lns_manager_begin(lns_manager *m, lns_mpi *run, linas_search *search,
                               linas_status status) {
    *m = (lns_manager){.run = run, .search = search, .workers = run->ranks - 1, .ask = true};
    m->now = lns_mpi_seconds();
    if (status == LINAS_OK) {
        m->variables = linas_space_variables(linas_search_space(search));
        m->objectives = linas_search_objectives(search);
        status = lns_mpi_describe(run, search, &m->text, &m->text_bytes);
    }
    m->status = status;
    status = LINAS_OK;
    m->worker = lns_mpi_alloc(run, (size_t)m->workers, sizeof *m->worker);
    if (!m->worker || !allocate(m)) {
        free_buffers(m);
        return lns_mpi_fail(run, LINAS_ERROR_NO_MEMORY, "no memory for the ranks");
    }
    pack_setup(m);
    /* Also of a run that ends at once: the ranks say hello, and are told. */
    for (int i = 0; i < m->workers && status == LINAS_OK; i++)
        status = lns_manager_listen(m, &m->worker[i]);
    m->broken = status != LINAS_OK;
    m->status = m->status == LINAS_OK ? status : m->status;
    return m->status;
}

/* -- messages
 * ---------------------------------------------------------------------------------------- */

linas_status lns_manager_listen(lns_manager *m, lns_worker *worker) {
    return lns_mpi_check(m->run, MPI_Irecv(worker->in, answer_words(m), MPI_INT32_T, worker->rank,
                                           m->run->options.tag, m->run->comm,
                                           &m->receiving[worker->rank - 1]));
}

linas_status lns_manager_set_up(lns_manager *m, lns_worker *worker) {
    const lns_mpi *run = m->run;
    LNS_TRY(lns_mpi_check(m->run, MPI_Isend(m->setup, LNS_HEAD_WORDS, MPI_INT32_T, worker->rank,
                                            run->options.tag, run->comm, &worker->greeting)));
    return lns_mpi_check(m->run, MPI_Isend(m->text, (int)m->text_bytes, MPI_BYTE, worker->rank,
                                           run->options.tag, run->comm, &worker->texting));
}

/* What the rank got before has arrived: it answered. */
static linas_status send(lns_manager *m, lns_worker *worker, int words) {
    const lns_mpi *run = m->run;
    LNS_TRY(lns_mpi_check(m->run, MPI_Wait(&worker->sending, MPI_STATUS_IGNORE)));
    return lns_mpi_check(m->run, MPI_Isend(worker->out, words, MPI_INT32_T, worker->rank,
                                           run->options.tag, run->comm, &worker->sending));
}

linas_status lns_manager_give(lns_manager *m, lns_worker *worker, lns_pending *entry) {
    int32_t *words = worker->out + LNS_HEAD_WORDS;
    lns_head head = {.kind = LNS_TASK, .id = entry->id};
    LNS_TRY(lns_mpi_check(m->run, MPI_Wait(&worker->sending, MPI_STATUS_IGNORE)));
    LNS_TRY(linas_search_known(m->search, entry->id, m->values));
    lns_pack_head(&head, worker->out);
    memcpy(words, entry->genome, m->variables * sizeof *words);
    lns_pack_doubles(m->values, m->objectives, words + m->variables);
    LNS_TRY(send(m, worker, task_words(m)));
    worker->state = LNS_BUSY;
    worker->id = entry->id;
    worker->since = m->now;
    entry->holders++;
    entry->again = false;
    entry->given++;
    m->run->report.tasks++;
    return LINAS_OK;
}

void lns_manager_end(lns_manager *m, lns_worker *worker) {
    lns_head head = {.kind = LNS_END, .code = m->status};
    if (MPI_Wait(&worker->sending, MPI_STATUS_IGNORE) == MPI_SUCCESS) {
        lns_pack_head(&head, worker->out);
        send(m, worker, LNS_HEAD_WORDS);
    }
    worker->state = LNS_GONE;
}

void lns_manager_turn_away(const lns_mpi *run, linas_status status) {
    int32_t words[LNS_HEAD_WORDS + LNS_REASON_WORDS];
    for (int rank = 1; rank < run->ranks; rank++) {
        lns_head head = {.kind = LNS_END, .code = status};
        MPI_Recv(words, LNS_HEAD_WORDS + LNS_REASON_WORDS, MPI_INT32_T, rank, run->options.tag,
                 run->comm, MPI_STATUS_IGNORE);
        lns_pack_head(&head, words);
        MPI_Send(words, LNS_HEAD_WORDS, MPI_INT32_T, rank, run->options.tag, run->comm);
    }
}

/* -- the end
 * ------------------------------------------------------------------------------------------- */

/* Is a message away? After a second it is left to MPI, which then keeps its memory. */
static bool settled(lns_manager *m, MPI_Request *request) {
    const double patience = 1.0;
    double began = lns_mpi_seconds();
    lns_pause pause = {0};
    int done = 0;
    for (;;) {
        if (MPI_Test(request, &done, MPI_STATUS_IGNORE) != MPI_SUCCESS || done)
            return done != 0;
        if (lns_mpi_seconds() - began > patience) {
            MPI_Request_free(request);
            return false;
        }
        lns_mpi_pause(m->run, &pause, false);
    }
}

/* Nothing may be written into a buffer that is free. */
static bool deaf(lns_manager *m, int worker) {
    MPI_Request *request = &m->receiving[worker];
    if (*request == MPI_REQUEST_NULL)
        return true;
    MPI_Cancel(request);
    return settled(m, request);
}

static void free_buffers(lns_manager *m) {
    lns_mpi *run = m->run;
    for (int i = 0; m->worker && i < m->workers; i++) {
        lns_mpi_free(run, m->worker[i].in);
        lns_mpi_free(run, m->worker[i].out);
    }
    lns_mpi_free(run, m->pending);
    lns_mpi_free(run, m->receiving);
    lns_mpi_free(run, m->done);
    lns_mpi_free(run, m->ids);
    lns_mpi_free(run, m->genomes);
    lns_mpi_free(run, m->queue);
    lns_mpi_free(run, m->values);
    lns_mpi_free(run, m->text);
    lns_mpi_free(run, m->worker);
    m->worker = NULL;
}

static void count_lost(lns_manager *m, const lns_worker *worker) {
    const double patience = 1.0; /* until a killed process is out of the table */
    bool killed = false;
    if (worker->state == LNS_GONE)
        return;
    if (m->run->options.flags & LINAS_MPI_KILL_LOST)
        killed = lns_mpi_kill(&worker->process);
    double began = lns_mpi_seconds();
    lns_pause pause = {0};
    while (killed && !lns_mpi_is_dead(&worker->process) && lns_mpi_seconds() - began < patience)
        lns_mpi_pause(m->run, &pause, false);
    m->run->report.lost++;
    m->run->report.dead += lns_mpi_is_dead(&worker->process);
}

void lns_manager_close(lns_manager *m) {
    for (int i = 0; i < m->workers; i++)
        if (m->worker[i].state == LNS_IDLE)
            lns_manager_end(m, &m->worker[i]);
    for (int i = 0; i < m->workers; i++) {
        lns_worker *worker = &m->worker[i];
        count_lost(m, worker);
        /* A buffer that MPI may still use is given up rather than freed. */
        if (!settled(m, &worker->sending))
            worker->out = NULL;
        if (!deaf(m, i))
            worker->in = NULL;
        bool greeted = settled(m, &worker->greeting);
        if (!settled(m, &worker->texting) || !greeted)
            m->text = NULL;
    }
    free_buffers(m);
}

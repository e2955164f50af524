/* SPDX-License-Identifier: Apache-2.0 */
/* Rank 0: hands candidates out, takes answers in, and does without ranks that are late or dead. */
#include "mpi/manager.h"

#include <stdio.h>
#include <string.h>

/* -- candidates without an answer -----------------------------------------------------------------
 */

static lns_pending *find(lns_manager *m, uint64_t id) {
    for (int i = 0; i < m->workers; i++)
        if (m->pending[i].open && m->pending[i].id == id)
            return &m->pending[i];
    return NULL;
}

/* One that waits for a rank. */
static lns_pending *waiting(lns_manager *m) {
    for (int i = 0; i < m->workers; i++)
        if (m->pending[i].open && (m->pending[i].holders == 0 || m->pending[i].again))
            return &m->pending[i];
    return NULL;
}

static lns_pending *unused(lns_manager *m) {
    for (int i = 0; i < m->workers; i++)
        if (!m->pending[i].open)
            return &m->pending[i];
    return NULL;
}

/* The first thing that goes wrong ends the run. */
static void stop(lns_manager *m, linas_status status) {
    if (m->status == LINAS_OK)
        m->status = status;
}

static bool stopping(const lns_manager *m) {
    return m->ended || m->status != LINAS_OK;
}

/* The search's own deadline may have been faster. */
static linas_status told(linas_status status) {
    return status == LINAS_ERROR_UNKNOWN_ID ? LINAS_OK : status;
}

static void give_up(lns_manager *m, lns_pending *entry) {
    char reason[LINAS_MPI_REASON_BYTES];
    snprintf(reason, sizeof reason, "no answer from any of %u ranks", (unsigned)entry->given);
    entry->open = false;
    m->ask = true;
    stop(m,
         told(linas_search_tell_failed(m->search, entry->id, LINAS_EVALUATION_TIMED_OUT, reason)));
}

/* -- answers --------------------------------------------------------------------------------------
 */

static linas_status tell(lns_manager *m, const lns_head *head, const int32_t *words) {
    char reason[LINAS_MPI_REASON_BYTES];
    if (head->first != LINAS_EVALUATION_OK) {
        lns_unpack_reason(words + LNS_HEAD_WORDS, reason);
        return linas_search_tell_failed(m->search, head->id, head->first, reason);
    }
    lns_unpack_doubles(words + LNS_HEAD_WORDS + LNS_REASON_WORDS, m->objectives, m->values);
    return linas_search_tell(m->search, head->id, m->values, m->objectives);
}

static void take_answer(lns_manager *m, lns_worker *worker, const lns_head *head) {
    lns_pending *entry = find(m, head->id);
    bool late = worker->state == LNS_OVERDUE;
    worker->state = late && worker->missed >= m->run->options.misses ? LNS_OUT : LNS_IDLE;
    if (head->code != 0) {
        lns_unpack_reason(worker->in + LNS_HEAD_WORDS, m->run->report.message);
        stop(m, head->code);
    } else if (!entry) {
        m->run->report.dropped++;
    } else {
        m->run->report.late += late ? 1 : 0;
        entry->open = false;
        m->ask = true;
        stop(m, told(tell(m, head, worker->in)));
    }
    if (worker->state == LNS_OUT)
        lns_manager_end(m, worker);
}

/* A rank that refuses may have been given a candidate meanwhile: it goes to another one. */
static void take_refusal(lns_manager *m, lns_worker *worker, const lns_head *head) {
    lns_pending *entry = worker->state == LNS_BUSY ? find(m, worker->id) : NULL;
    if (entry) {
        entry->holders--;
        entry->given--;
    }
    lns_unpack_reason(worker->in + LNS_HEAD_WORDS, m->run->report.message);
    worker->state = LNS_GONE;
    m->refusal = head->code;
}

static void take(lns_manager *m, lns_worker *worker) {
    lns_head head = lns_unpack_head(worker->in);
    if (head.kind == LNS_HELLO) {
        worker->process.place = head.id;
        worker->process.id = head.first;
        worker->state = LNS_IDLE;
        if (head.code != LNS_MPI_VERSION)
            stop(m, lns_mpi_fail(m->run, LINAS_ERROR_VERSION, "ranks of different versions"));
        else if (m->text)
            stop(m, lns_manager_set_up(m, worker));
    } else if (head.kind == LNS_REFUSED) {
        take_refusal(m, worker, &head);
    } else if (head.kind == LNS_ANSWER) {
        take_answer(m, worker, &head);
    }
}

static void receive(lns_manager *m, bool *busy) {
    int count = 0;
    linas_status status = lns_mpi_check(
        m->run, MPI_Testsome(m->workers, m->receiving, &count, m->done, MPI_STATUSES_IGNORE));
    stop(m, status);
    m->broken = m->broken || status != LINAS_OK;
    for (int i = 0; status == LINAS_OK && count != MPI_UNDEFINED && i < count; i++) {
        lns_worker *worker = &m->worker[m->done[i]];
        *busy = true;
        take(m, worker);
        if (worker->state != LNS_GONE)
            stop(m, lns_manager_listen(m, worker));
    }
}

/* -- ranks that do not answer
 * ----------------------------------------------------------------------- */

static void miss(lns_manager *m, lns_worker *worker) {
    lns_pending *entry = worker->state == LNS_BUSY ? find(m, worker->id) : NULL;
    m->run->report.missed++;
    worker->missed++;
    worker->state = LNS_OVERDUE;
    if (entry && --entry->holders == 0 && entry->given >= m->run->options.attempts)
        give_up(m, entry);
}

static bool dead(const lns_manager *m, lns_worker *worker) {
    double deadline = m->run->options.deadline;
    if (worker->state == LNS_ABSENT || worker->state == LNS_BUSY) {
        if (deadline > 0.0 && m->now - worker->since > deadline)
            return true;
    } else if (worker->state != LNS_IDLE) {
        return false;
    }
    return m->look && lns_mpi_is_dead(&worker->process);
}

static void expire(lns_manager *m, bool *busy) {
    const double look_every = 0.05;
    m->now = lns_mpi_seconds();
    m->look = m->now - m->looked > look_every;
    m->looked = m->look ? m->now : m->looked;
    for (int i = 0; i < m->workers; i++) {
        if (dead(m, &m->worker[i])) {
            *busy = true;
            miss(m, &m->worker[i]);
        }
    }
}

/* -- handing out
 * ------------------------------------------------------------------------------------ */

static int count_state(const lns_manager *m, int32_t state) {
    int count = 0;
    for (int i = 0; i < m->workers; i++)
        count += m->worker[i].state == state;
    return count;
}

/* New candidates for ranks that have nothing to do. */
static void ask(lns_manager *m, int wanted) {
    const double ask_every = 0.1; /* sees a request to stop while nothing is answered */
    size_t n = m->variables, count = 0;
    if (wanted == 0 || stopping(m) || !(m->ask || m->now - m->asked > ask_every))
        return;
    m->asked = m->now;
    stop(m, linas_search_ask(m->search, (size_t)wanted, m->ids, m->genomes, &count));
    if (m->status != LINAS_OK)
        return;
    m->ask = count == (size_t)wanted;
    m->ended = count == 0 && linas_search_stop_reason(m->search) != LINAS_STOP_NONE;
    for (size_t i = 0; i < count; i++) {
        lns_pending *entry = find(m, m->ids[i]);
        if (entry) { /* taken back by the search's own deadline */
            entry->again = true;
            continue;
        }
        entry = unused(m);
        int32_t *genome = entry->genome;
        memcpy(genome, m->genomes + i * n, n * sizeof *genome);
        *entry = (lns_pending){.open = true, .id = m->ids[i], .genome = genome};
    }
}

static void hand_out(lns_manager *m, bool *busy) {
    int idle = count_state(m, LNS_IDLE);
    for (int i = 0; i < m->workers; i++)
        idle -= m->pending[i].open && (m->pending[i].holders == 0 || m->pending[i].again);
    ask(m, idle > 0 ? idle : 0);
    for (int i = 0; i < m->workers && !stopping(m); i++) {
        lns_pending *entry = waiting(m);
        if (m->worker[i].state != LNS_IDLE || !entry)
            continue;
        *busy = true;
        stop(m, lns_manager_give(m, &m->worker[i], entry));
    }
}

/* Is there a rank that measures, or may still come? */
static void look_for_ranks(lns_manager *m) {
    if (stopping(m) || count_state(m, LNS_IDLE) || count_state(m, LNS_BUSY) ||
        count_state(m, LNS_ABSENT))
        return;
    if (m->refusal != LINAS_OK)
        stop(m, m->refusal);
    else
        stop(m, lns_mpi_fail(m->run, LINAS_ERROR_IO, "no rank is left that measures"));
}

/* -- the run
 * ----------------------------------------------------------------------------------------- */

static bool finished(const lns_manager *m) {
    return m->broken || (stopping(m) && !count_state(m, LNS_BUSY) && !count_state(m, LNS_ABSENT));
}

static void manage(lns_manager *m) {
    lns_pause pause = {0};
    while (!finished(m)) {
        bool busy = false;
        receive(m, &busy);
        expire(m, &busy);
        if (!stopping(m))
            hand_out(m, &busy);
        look_for_ranks(m);
        lns_mpi_pause(m->run, &pause, busy);
    }
}

/* A request ends one run, not those that continue it; linas_search_run() takes it back, and
 * evaluates nothing of a search that is to stop. */
static int32_t never(void *user_data, linas_candidate *candidate) {
    (void)user_data;
    (void)candidate;
    return 0;
}

static void take_back_request(linas_search *search) {
    linas_evaluator evaluator = LINAS_EVALUATOR_INIT;
    evaluator.evaluate = never;
    if (linas_search_stop_reason(search) == LINAS_STOP_REQUESTED)
        linas_search_run(search, &evaluator);
}

linas_status lns_mpi_manage(lns_mpi *run, linas_search *search, linas_status status) {
    lns_manager m;
    status = lns_manager_begin(&m, run, search, status);
    if (!m.worker)
        lns_manager_turn_away(run, status);
    if (m.worker) {
        manage(&m);
        status = m.status;
        lns_manager_close(&m);
    }
    if (search && status == LINAS_OK)
        take_back_request(search);
    return status;
}

/* -- one rank alone
 * ---------------------------------------------------------------------------------- */

static linas_status measure(lns_mpi *run, linas_search *search,
                            const linas_mpi_evaluator *evaluator, lns_desk *desk) {
    linas_mpi_task task = {0};
    size_t count = 0;
    for (;;) {
        LNS_TRY(linas_search_ask(search, 1, &task.id, desk->genome, &count));
        if (count == 0)
            return LINAS_OK;
        LNS_TRY(linas_search_known(search, task.id, desk->known));
        LNS_TRY(lns_desk_measure(run, evaluator, desk, &task));
        if (task.outcome == LINAS_EVALUATION_OK)
            LNS_TRY(linas_search_tell(search, task.id, desk->values, desk->objectives));
        else
            LNS_TRY(linas_search_tell_failed(search, task.id, task.outcome, desk->reason));
    }
}

linas_status lns_mpi_alone(lns_mpi *run, linas_search *search,
                           const linas_mpi_evaluator *evaluator) {
    lns_desk desk = {.space = linas_search_space(search),
                     .variables = linas_space_variables(linas_search_space(search)),
                     .objectives = linas_search_objectives(search)};
    linas_status status = lns_desk_prepare(run, &desk);
    for (size_t i = 0; status == LINAS_OK && i < desk.objectives; i++)
        status = linas_search_objective(search, i, &desk.names[i], NULL, NULL);
    if (status == LINAS_OK)
        status = measure(run, search, evaluator, &desk);
    lns_desk_free(run, &desk);
    if (status == LINAS_OK)
        take_back_request(search);
    return status;
}

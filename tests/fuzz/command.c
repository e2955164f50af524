/* SPDX-License-Identifier: Apache-2.0 */
/* What the command reads from strangers: CSV files, and the lines of an evaluator. */
#include "targets.h"

#include "csv.h"
#include "evaluator_process.c" /* its reading of lines is static */

static const linas_objective goals[] = {LINAS_MAXIMIZE("top1", "%"), LINAS_MINIMIZE("latency", "")};

void fuzz_csv(const uint8_t *data, size_t size) {
    csv_file table = {0};
    char *text = get_memory(size + 1, 1);
    memcpy(text, data, size);
    text[size] = 0;
    if (csv_take("table", text, size, &table) == STATUS_OK) {
        size_t sum = 0;
        for (size_t column = 0; column < table.columns; column++) {
            sum += strlen(csv_name(&table, column));
            for (size_t row = 0; row < table.rows; row++)
                sum += strlen(csv_cell(&table, row, column));
        }
        if (sum > size)
            abort();
        csv_free(&table);
    }
}

/* Four requests wait; whatever is read, each is answered at most once, with finite values, or a NaN
 * for what the last one's import knows. The
 * buffer ends where the text does, so that reading beyond it is seen. */
void fuzz_protocol(const uint8_t *data, size_t size) {
    evaluator e = {.process = CHILD_INIT};
    uint64_t answered = 0;
    if (size > READ_AT_ONCE)
        return;
    e.options.objectives = goals;
    e.options.objective_count = 2;
    e.options.timeout = 10.0;
    e.buffer = get_memory(size + 1, 1);
    e.warnings = WARNINGS;
    e.requests = get_memory(4, sizeof *e.requests);
    e.count = e.capacity = 4;
    for (uint64_t id = 0; id < 4; id++) {
        e.requests[id] = (request){.id = id, .text = copy_text("x"), .length = 1, .written = 1};
        e.requests[id].known = get_memory(2, sizeof *e.requests[id].known);
        e.requests[id].known[0] = id == 3 ? 76.0 : (double)NAN;
        e.requests[id].known[1] = (double)NAN;
    }
    memcpy(e.buffer, data, size);
    e.length = size;
    take_last_line(&e);
    for (;;) {
        evaluator_answer given;
        while (take_answered(&e, &given)) {
            if (given.id >= 4 || (answered & UINT64_C(1) << given.id) ||
                (!given.values && !given.reason))
                abort();
            answered |= UINT64_C(1) << given.id;
            for (int i = 0; i < 2 && given.values; i++)
                if (!isfinite(given.values[i]) && !(given.id == 3 && i == 0))
                    abort();
        }
        if (!memchr(e.buffer + e.begin, '\n', e.length - e.begin))
            break;
        take_lines(&e);
    }
    for (size_t i = 0; i < e.count; i++)
        free_request(&e.requests[i]);
    free_request(&e.last);
    free(e.requests);
    free(e.buffer);
    free(e.last_death);
    free(e.written_off);
}

#ifdef FUZZ_TARGET
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    FUZZ_TARGET(data, size);
    return 0;
}
#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "predict/columns.h"

#include <string.h>

static void list_variables(lns_columns *columns, const lns_encoding *encoding) {
    for (size_t v = 0; v < encoding->variables; v++)
        if (encoding->views[v] == LNS_VIEW_ONE_HOT)
            columns->one_hot[columns->one_hots++] = v;
        else
            columns->position[columns->positions++] = v;
}

static void fill_one_hots(lns_columns *columns, const lns_encoding *encoding,
                          const uint16_t *states) {
    memset(columns->active, 0, columns->rows * sizeof *columns->active);
    for (size_t c = 0; c < columns->one_hots; c++) {
        size_t v = columns->one_hot[c];
        for (size_t row = 0; row < columns->rows; row++) {
            uint16_t state = states[row * encoding->variables + v];
            columns->states[c * columns->rows + row] = state;
            if (lns_is_active(encoding, v, state))
                columns->active[row]++;
        }
    }
}

static void fill_positions(lns_columns *columns, const lns_encoding *encoding,
                           const uint16_t *states) {
    for (size_t c = 0; c < columns->positions; c++) {
        size_t v = columns->position[c];
        for (size_t row = 0; row < columns->rows; row++) {
            uint16_t state = states[row * encoding->variables + v];
            bool active = lns_is_active(encoding, v, state);
            columns->bit[c * columns->rows + row] = active ? 1.0 : 0.0;
            columns->place[c * columns->rows + row] =
                active ? lns_position(encoding, v, state) : 0.0;
        }
    }
}

static bool allocate_tables(lns_columns *columns) {
    linas_context *context = columns->context;
    size_t rows = columns->rows;
    columns->states = lns_alloc(context, columns->one_hots * rows, sizeof *columns->states);
    columns->active = lns_alloc(context, rows, sizeof *columns->active);
    columns->place = lns_alloc(context, columns->positions * rows, sizeof *columns->place);
    columns->bit = lns_alloc(context, columns->positions * rows, sizeof *columns->bit);
    columns->equal = lns_alloc(context, rows, sizeof *columns->equal);
    columns->differences = lns_alloc(context, rows, sizeof *columns->differences);
    columns->distances = lns_alloc(context, rows, sizeof *columns->distances);
    return columns->states && columns->active && columns->place && columns->bit && columns->equal &&
           columns->differences && columns->distances;
}

linas_status lns_columns_init(lns_columns *columns, const lns_encoding *encoding,
                              const uint16_t *states, size_t rows) {
    linas_context *context = lns_space_context(encoding->space);
    memset(columns, 0, sizeof *columns);
    columns->context = context;
    columns->rows = rows;
    columns->one_hot = lns_alloc(context, encoding->variables, sizeof *columns->one_hot);
    columns->position = lns_alloc(context, encoding->variables, sizeof *columns->position);
    bool enough = columns->one_hot && columns->position;
    if (enough) {
        list_variables(columns, encoding);
        enough = allocate_tables(columns);
    }
    if (!enough) {
        lns_columns_free(columns);
        return lns_no_memory(context);
    }
    fill_one_hots(columns, encoding, states);
    fill_positions(columns, encoding, states);
    return LINAS_OK;
}

void lns_columns_free(lns_columns *columns) {
    linas_context *context = columns->context;
    if (!context)
        return;
    lns_free(context, columns->one_hot);
    lns_free(context, columns->position);
    lns_free(context, columns->states);
    lns_free(context, columns->active);
    lns_free(context, columns->place);
    lns_free(context, columns->bit);
    lns_free(context, columns->equal);
    lns_free(context, columns->differences);
    lns_free(context, columns->distances);
    memset(columns, 0, sizeof *columns);
}

bool lns_columns_are_whole(const lns_columns *columns) {
    return columns->positions == 0;
}

/* A loop that compilers turn into packed compares. */
static void add_equal(uint16_t *restrict equal, const uint16_t *restrict column, size_t rows,
                      uint16_t state) {
    for (size_t row = 0; row < rows; row++)
        equal[row] = (uint16_t)(equal[row] + (column[row] == state ? 1 : 0));
}

void lns_count_differences(lns_columns *columns, const lns_encoding *encoding,
                           const uint16_t *states) {
    size_t rows = columns->rows;
    uint32_t own = 0;
    memset(columns->equal, 0, rows * sizeof *columns->equal);
    for (size_t c = 0; c < columns->one_hots; c++) {
        size_t v = columns->one_hot[c];
        if (!lns_is_active(encoding, v, states[v]))
            continue;
        own++;
        add_equal(columns->equal, columns->states + c * rows, rows, states[v]);
    }
    for (size_t row = 0; row < rows; row++)
        columns->differences[row] = own + columns->active[row] - (uint32_t)2 * columns->equal[row];
}

static void add_squares(double *restrict distances, const double *restrict column, size_t rows,
                        double place) {
    for (size_t row = 0; row < rows; row++) {
        double apart = column[row] - place;
        distances[row] += apart * apart;
    }
}

void lns_measure_distances(lns_columns *columns, const lns_encoding *encoding,
                           const uint16_t *states) {
    size_t rows = columns->rows;
    lns_count_differences(columns, encoding, states);
    for (size_t row = 0; row < rows; row++)
        columns->distances[row] = columns->differences[row];
    for (size_t c = 0; c < columns->positions; c++) {
        size_t v = columns->position[c];
        bool active = lns_is_active(encoding, v, states[v]);
        add_squares(columns->distances, columns->place + c * rows, rows,
                    active ? lns_position(encoding, v, states[v]) : 0.0);
        if (lns_space_variable(encoding->space, v)->conditional)
            add_squares(columns->distances, columns->bit + c * rows, rows, active ? 1.0 : 0.0);
    }
}

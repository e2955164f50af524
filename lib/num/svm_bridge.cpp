/* SPDX-License-Identifier: Apache-2.0 */
#include "num/svm_bridge.h"

#include <cmath>
#include <new>

#include <libsvm/svm.h>

namespace {

/* Row i is {0, i + 1} and then one node for each value, numbered from 1: the form that libsvm
 * documents for precomputed kernels. */
size_t row_nodes(size_t n) {
    return n + 1;
}

svm_node *row_of(void *matrix, size_t n, size_t row) {
    return static_cast<svm_node *>(matrix) + row * row_nodes(n);
}

void silent(const char *) {
}

svm_parameter parameters_of(const lns_svm_task &task) {
    svm_parameter parameter = svm_parameter();
    parameter.svm_type = EPSILON_SVR;
    parameter.kernel_type = PRECOMPUTED;
    parameter.cache_size = 100.0;
    parameter.eps = task.tolerance;
    parameter.C = task.c;
    parameter.p = task.epsilon;
    parameter.shrinking = 0;
    parameter.probability = 0;
    return parameter;
}

linas_status copy_solution(const svm_model &model, size_t count, double *coefficients,
                           double *rho) {
    for (size_t k = 0; k < count; k++)
        coefficients[k] = 0.0;
    for (int k = 0; k < model.l; k++) {
        double coefficient = model.sv_coef[0][k];
        if (!std::isfinite(coefficient))
            return LINAS_ERROR_NUMERIC;
        coefficients[model.sv_indices[k] - 1] = coefficient;
    }
    *rho = model.rho[0];
    return std::isfinite(*rho) ? LINAS_OK : LINAS_ERROR_NUMERIC;
}

linas_status train(const lns_svm_task &task, double *coefficients, double *rho) {
    svm_node **rows = static_cast<svm_node **>(task.scratch);
    double *targets = reinterpret_cast<double *>(rows + task.count);
    for (size_t k = 0; k < task.count; k++) {
        rows[k] = row_of(task.matrix, task.n, task.subset[k]);
        targets[k] = task.targets[task.subset[k]];
    }
    svm_problem problem = {static_cast<int>(task.count), targets, rows};
    svm_parameter parameter = parameters_of(task);
    svm_model *model = svm_train(&problem, &parameter);
    linas_status status = copy_solution(*model, task.count, coefficients, rho);
    svm_free_and_destroy_model(&model);
    return status;
}

} // namespace

int lns_svm_version_built(void) {
    return LIBSVM_VERSION;
}

int lns_svm_version_running(void) {
    return libsvm_version;
}

int32_t lns_svm_usable(void) {
    return libsvm_version == LIBSVM_VERSION ? 1 : 0;
}

size_t lns_svm_matrix_bytes(size_t n) {
    return n * row_nodes(n) * sizeof(svm_node);
}

void lns_svm_set_row(void *matrix, size_t n, size_t row, const double *values) {
    svm_node *nodes = row_of(matrix, n, row);
    nodes[0].index = 0;
    nodes[0].value = static_cast<double>(row + 1);
    for (size_t j = 0; j < n; j++) {
        nodes[j + 1].index = static_cast<int>(j + 1);
        nodes[j + 1].value = values[j];
    }
}

size_t lns_svm_scratch_bytes(size_t count) {
    return count * (sizeof(svm_node *) + sizeof(double));
}

linas_status lns_svm_train(const lns_svm_task *task, double *coefficients, double *rho) {
    if (!lns_svm_usable())
        return LINAS_ERROR_UNSUPPORTED;
    try {
        svm_set_print_string_function(&silent);
        return train(*task, coefficients, rho);
    } catch (const std::bad_alloc &) {
        return LINAS_ERROR_NO_MEMORY;
    } catch (...) {
        return LINAS_ERROR_NUMERIC;
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Stands before libsvm's svm_train, in one test program: fails as it can, or as a caller says. */
#include <cstdint>
#include <dlfcn.h>
#include <limits>
#include <new>

#include <libsvm/svm.h>

extern "C" {

/* What the next fits do: 0 as usual, 1 and 2 throw, 3 and 4 find numbers that are none. */
int32_t svm_stand_in = 0;

svm_model *svm_train(const svm_problem *problem, const svm_parameter *parameter) {
    using function = svm_model *(*)(const svm_problem *, const svm_parameter *);
    if (svm_stand_in == 1)
        throw std::bad_alloc();
    if (svm_stand_in == 2)
        throw 42;
    svm_model *model =
        reinterpret_cast<function>(dlsym(RTLD_NEXT, "svm_train"))(problem, parameter);
    if (svm_stand_in == 3)
        model->sv_coef[0][model->l - 1] = std::numeric_limits<double>::quiet_NaN();
    if (svm_stand_in == 4)
        model->rho[0] = std::numeric_limits<double>::infinity();
    return model;
}
}

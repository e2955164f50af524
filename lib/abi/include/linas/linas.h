/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LINAS_LINAS_H
#define LINAS_LINAS_H
/** @file linas.h The whole public API. */
#include <linas/base.h>
#include <linas/evaluator.h>
#include <linas/nsga2.h>
#include <linas/pareto.h>
#include <linas/predictor.h>
#include <linas/search.h>
#include <linas/space.h>
#include <linas/storage.h>
#endif

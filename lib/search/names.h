/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LNS_SEARCH_NAMES_H
#define LNS_SEARCH_NAMES_H
/* Names of the public constants in journals, by their value. */
enum { LNS_TACTICS = 3, LNS_PREDICTORS = 5, LNS_TARGETS = 4, LNS_OUTCOMES = 5, LNS_SURVIVALS = 2 };
extern const char *const lns_predictor_names[LNS_PREDICTORS];
extern const char *const lns_target_names[LNS_TARGETS];
extern const char *const lns_survival_names[LNS_SURVIVALS];
extern const char *const lns_outcome_names[LNS_OUTCOMES];
#endif

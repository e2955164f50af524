/* SPDX-License-Identifier: Apache-2.0 */
/* Names and sentences for public constants. */
#include "search/names.h"
#include <linas/search.h>

const char *const lns_predictor_names[LNS_PREDICTORS] = {"auto", "ridge", "svr", "custom", "gp"};
const char *const lns_target_names[LNS_TARGETS] = {"auto", "raw", "log", "rank"};
const char *const lns_survival_names[LNS_SURVIVALS] = {"crowding", "reference"};
const char *const lns_outcome_names[LNS_OUTCOMES] = {"ok", "failed", "infeasible", "timed out",
                                                     "cancelled"};

const char *linas_stop_text(int32_t reason) {
    switch (reason) {
    case LINAS_STOP_NONE:
        return "the search has not ended";
    case LINAS_STOP_EVALUATIONS:
        return "the budget of evaluations is spent";
    case LINAS_STOP_TIME:
        return "the budget of time is spent";
    case LINAS_STOP_STAGNATION:
        return "the hypervolume no longer grows";
    case LINAS_STOP_EXHAUSTED:
        return "every sub-network that can be found was measured";
    case LINAS_STOP_REQUESTED:
        return "the search was asked to end";
    case LINAS_STOP_CALLBACK:
        return "a callback of the host ended the search";
    case LINAS_STOP_FAILURES:
        return "too many evaluations in a row failed";
    default:
        return "not a reason to stop";
    }
}

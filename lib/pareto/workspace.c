/* SPDX-License-Identifier: Apache-2.0 */
#include "pareto/pareto.h"

#include <string.h>

void lns_pareto_workspace_init(lns_pareto_workspace *work, linas_context *context) {
    memset(work, 0, sizeof *work);
    work->context = context;
}

void lns_pareto_workspace_free(lns_pareto_workspace *work) {
    lns_free(work->context, work->words);
    lns_free(work->context, work->order);
    lns_free(work->context, work->numbers);
    lns_pareto_workspace_init(work, work->context);
}

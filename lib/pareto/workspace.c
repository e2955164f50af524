/* SPDX-License-Identifier: Apache-2.0 */
#include "pareto/pareto.h"
#include "num/processor.h"

#include <string.h>

void lns_pareto_workspace_init(lns_pareto_workspace *work, linas_context *context) {
    memset(work, 0, sizeof *work);
    work->context = context;
#if defined(__x86_64__) && defined(__GNUC__)
    if (LNS_CPU_HAS("avx2", 256))
        work->vectors = LNS_VECTORS_256;
    if (LNS_CPU_HAS("avx512f", 512) && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq"))
        work->vectors = LNS_VECTORS_512;
#endif
}

void lns_pareto_workspace_free(lns_pareto_workspace *work) {
    lns_free(work->context, work->words);
    lns_free(work->context, work->order);
    lns_free(work->context, work->numbers);
    lns_free(work->context, work->places);
    lns_free(work->context, work->nodes);
    lns_free(work->context, work->leaves);
    lns_pareto_workspace_init(work, work->context);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Included before every file of lib/ that gcc's analyser looks at. It sees one file at a time, and
 * would follow paths on which a failure returns LINAS_OK: functions of another file that return the
 * status they were given, or a certain one, say so here. */
#include "base/base.h"
#define lns_fail(context, status, ...)                                                             \
    (lns_fail(context, status, __VA_ARGS__), (linas_status)(status))
#define lns_fail_within(context, status, ...)                                                      \
    (lns_fail_within(context, status, __VA_ARGS__), (linas_status)(status))
#define lns_no_memory(context) ((void)lns_no_memory(context), (linas_status)LINAS_ERROR_NO_MEMORY)

/* SPDX-License-Identifier: Apache-2.0 */
#include "num/lns_config.h"
#include "num/svm_bridge.h"

#include <libsvm/svm.h>
#if LNS_WITH_GSL
#include <gsl/gsl_version.h>
#define GSL_TEXT GSL_VERSION
#else
#define GSL_TEXT "off"
#endif

#define QUOTE(text) #text
#define QUOTE_VALUE(macro) QUOTE(macro)
#define FACTS                                                                                      \
    "liblinas " LINAS_VERSION_STRING " licence=" LNS_LICENCE " gsl=" GSL_TEXT                      \
    " blas=OpenBLAS libsvm=" QUOTE_VALUE(LIBSVM_VERSION)

const char *linas_build_info(void) {
    return lns_svm_usable() ? FACTS : FACTS " (another libsvm is running: SVR is off)";
}

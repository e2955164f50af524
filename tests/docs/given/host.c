/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest host: what it needs of the library is that it links and runs. */
#include <linas/linas.h>

#include <stdio.h>

int main(void) {
    return puts(linas_build_info()) < 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A host with the static library inside, which loads a plugin that needs the shared one. Compiled
 * together with plugin.c, whose search is the host's own. usage: static_host PLUGIN [exports]; with
 * the word, the host's functions may stand in for those of the shared library. */
#include <linas/linas.h>

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

double plugin_search(void);
void *plugin_address(void);

int main(int count, char **arguments) {
    double (*search)(void) = NULL;
    void *(*address)(void) = NULL;
    void *handle = count > 1 ? dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL) : NULL;
    if (!handle) {
        fprintf(stderr, "%s\n", count > 1 ? dlerror() : "usage: static_host PLUGIN [exports]");
        return 2;
    }
    *(void **)&search = dlsym(handle, "plugin_search");
    *(void **)&address = dlsym(handle, "plugin_address");
    int exports = count > 2 && strcmp(arguments[2], "exports") == 0;
    if (!search || !address || search == plugin_search)
        return 3;
    if (!exports && address() == plugin_address())
        return 4;
    double own = plugin_search(), other = search(), again = plugin_search();
    dlclose(handle);
    double alone = plugin_search();
    return own > 0.0 && own - other == 0.0 && own - again == 0.0 && own - alone == 0.0 ? 0 : 5;
}

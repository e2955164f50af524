// SPDX-License-Identifier: Apache-2.0
// A C++ program linked with the library.
#include <linas/linas.h>

#include <cstdio>
#include <memory>
#include <string>

int main() {
    linas_context *made = nullptr;
    linas_context_options options = LINAS_CONTEXT_OPTIONS_INIT;
    if (linas_context_create(&made, &options) != LINAS_OK)
        return 1;
    std::unique_ptr<linas_context, void (*)(linas_context *)> context(made, linas_context_destroy);
    linas_space *space = nullptr;
    const std::string text = R"({"ks":{"count":2,"vars":[3,5,7]},"d":{"count":1,"vars":[2,3]}})";
    if (linas_space_from_json(context.get(), text.data(), text.size(), &space) != LINAS_OK)
        return 2;
    std::unique_ptr<linas_space, void (*)(linas_space *)> owner(space, linas_space_destroy);
    linas_objective objective = LINAS_MINIMIZE("latency", "ms");
    std::printf("%s %zu %.0f %s\n", linas_version(), linas_space_variables(space),
                linas_space_raw_cardinality(space), objective.name);
    return 0;
}

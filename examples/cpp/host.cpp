// SPDX-License-Identifier: Apache-2.0
// A host program in C++: what it measures is a formula, where yours runs a sub-network.
#include <linas/linas.hpp>

#include <iostream>

static void measure(linas::candidate &sub) {
    double layers = 0, kernels = 0;
    for (std::size_t stage = 0; stage < 5; stage++)
        layers += static_cast<double>(sub.get_int("d", stage));
    for (std::size_t layer = 0; layer < 20; layer++)
        kernels += static_cast<double>(sub.get_int("ks", layer));
    sub.set("top1", 68.0 + 0.35 * layers + 0.02 * kernels);
    sub.set("latency", 2.0 + 0.4 * layers + 0.05 * kernels);
}

int main() try {
    linas::context context;
    linas::search_options options;
    options.c.evaluations = 60;
    linas::search search(linas::space::preset(context, "ofa-mobilenetv3"),
                         {linas::maximize("top1", "%"), linas::minimize("latency", "ms")}, options);
    search.run(measure);
    for (linas::evaluation member : search.front())
        std::cout << member.values[0] << " % in " << member.values[1] << " ms\n";
} catch (const std::exception &failed) {
    std::cerr << failed.what() << '\n';
    return 1;
}

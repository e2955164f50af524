// SPDX-License-Identifier: Apache-2.0
// A host on LibTorch: which sub-networks of MobileNetV3 does this machine run at the most work a
// second? Latency is measured; multiply-accumulates, which stand for what a network can learn, are
// computed.
#include "network.hpp"

#include <linas/linas.hpp>

#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <string>

struct options {
    int evaluations = 60;
    int side = 224;
};

static options read_options(int count, char **words) {
    options read;
    for (int i = 1; i + 1 < count; i += 2) {
        std::string name = words[i];
        int number = std::atoi(words[i + 1]);
        if ((name != "--evaluations" && name != "--side") || number < 1)
            throw std::invalid_argument("usage: mobilenet [--evaluations N] [--side PIXELS]");
        (name == "--side" ? read.side : read.evaluations) = number;
    }
    if (count % 2 == 0)
        throw std::invalid_argument("usage: mobilenet [--evaluations N] [--side PIXELS]");
    return read;
}

static linas::objective work(int side) {
    linas::objective made = linas::maximize("work", "million MACs");
    made.compute = [side](linas::genome_view genomes, linas::span<double> values) {
        for (std::size_t row = 0; row < values.size(); row++)
            values[row] =
                mobilenet::macs(mobilenet::shape_of(genomes.data() + row * mobilenet::variables),
                                side) /
                1e6;
    };
    return made;
}

int main(int count, char **words) try {
    options chosen = read_options(count, words);
    linas::context context;
    linas::space space = linas::space::preset(context, "ofa-mobilenetv3");
    linas::search_options settings;
    settings.c.evaluations = static_cast<std::uint64_t>(chosen.evaluations);
    linas::search search(space, {work(chosen.side), linas::minimize("latency", "ms")}, settings);
    search.run([&](linas::candidate &sub) {
        mobilenet::network net(mobilenet::shape_of(sub.genes().data()), chosen.side);
        sub.set("latency", net.latency());
    });
    std::cout << std::fixed << std::setprecision(6);
    for (linas::evaluation member : search.front())
        std::cout << member.values[0] << " million MACs in " << member.values[1] << " ms, "
                  << member.values[0] / member.values[1]
                  << " G/s: " << space.config_to_json(member.genes) << '\n';
} catch (const std::exception &failed) {
    std::cerr << "mobilenet: " << failed.what() << '\n';
    return 1;
}

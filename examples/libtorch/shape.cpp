// SPDX-License-Identifier: Apache-2.0
#include "shape.hpp"

#include <algorithm>
#include <cmath>

namespace mobilenet {

shape shape_of(const std::int32_t *genome) {
    constexpr int kernels[] = {3, 5, 7}, expansions[] = {3, 4, 6}, depths[] = {2, 3, 4};
    shape made{};
    for (std::size_t slot = 0; slot < slots; slot++) {
        made.kernel[slot] = kernels[genome[slot]];
        made.expansion[slot] = expansions[genome[slots + slot]];
    }
    for (std::size_t stage = 0; stage < stages; stage++)
        made.depth[stage] = depths[genome[2 * slots + stage]];
    return made;
}

// The multiple of 8 nearest to a width, never a tenth below it: the rule of MobileNets.
static int divisible(double width) {
    int nearest = std::max(8, static_cast<int>(width + 4) / 8 * 8);
    return nearest < 0.9 * width ? nearest + 8 : nearest;
}

int squeezed(int channels) {
    return divisible(channels / 4.0);
}

std::vector<layer> layers_of(const shape &chosen) {
    constexpr int channels[] = {24, 40, 80, 112, 160}, strides[] = {2, 2, 2, 1, 2};
    constexpr bool squeeze[] = {false, true, false, true, true},
                   hard[] = {false, false, true, true, true};
    std::vector<layer> made{
        {stem_channels, stem_channels, stem_channels, 3, 1, false, false, false}};
    for (std::size_t stage = 0; stage < stages; stage++)
        for (int index = 0; index < chosen.depth[stage]; index++) {
            std::size_t slot = stage * stage_layers + static_cast<std::size_t>(index);
            int inputs = made.back().outputs;
            made.push_back({inputs, divisible(inputs * chosen.expansion[slot]), channels[stage],
                            chosen.kernel[slot], index == 0 ? strides[stage] : 1, squeeze[stage],
                            hard[stage], true});
        }
    return made;
}

double macs(const shape &chosen, int side) {
    int pixels = (side - 1) / 2 + 1;
    double sum = static_cast<double>(pixels) * pixels * image_channels * 9 * stem_channels;
    for (const layer &one : layers_of(chosen)) {
        int after = (pixels - 1) / one.stride + 1;
        double before = static_cast<double>(pixels) * pixels,
               behind = static_cast<double>(after) * after;
        if (one.expand)
            sum += before * one.inputs * one.middle;
        sum += behind * one.middle * one.kernel * one.kernel + behind * one.middle * one.outputs;
        if (one.squeeze)
            sum += 2.0 * one.middle * squeezed(one.middle);
        pixels = after;
    }
    return sum + static_cast<double>(pixels) * pixels * 160 * last_channels +
           static_cast<double>(last_channels) * features + static_cast<double>(features) * classes;
}

} // namespace mobilenet

// SPDX-License-Identifier: Apache-2.0
// Sub-networks of Once-for-All's MobileNetV3 (Cai et al. 2020), width 1.0: sizes of their layers.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace mobilenet {

constexpr std::size_t stages = 5, stage_layers = 4, slots = stages * stage_layers;
constexpr std::size_t variables = 2 * slots + stages;
constexpr int image_channels = 3, stem_channels = 16, last_channels = 960, features = 1280,
              classes = 1000;

// What the search chooses.
struct shape {
    std::array<int, slots> kernel;
    std::array<int, slots> expansion;
    std::array<int, stages> depth;
};
// From value indices, as the space "ofa-mobilenetv3" orders them.
shape shape_of(const std::int32_t *genome);

// One inverted bottleneck.
struct layer {
    int inputs, middle, outputs, kernel, stride;
    bool squeeze, hard; // squeeze-and-excite, hard swish instead of ReLU
    bool expand;        // all but the fixed layer behind the stem
    bool residual() const {
        return stride == 1 && inputs == outputs;
    }
};
std::vector<layer> layers_of(const shape &chosen);

// Channels inside squeeze-and-excite.
int squeezed(int channels);

// Multiply-accumulates of one image with so many pixels at its side.
double macs(const shape &chosen, int side);

} // namespace mobilenet

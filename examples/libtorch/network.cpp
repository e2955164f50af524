// SPDX-License-Identifier: Apache-2.0
#include "network.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <chrono>
#include <optional>

namespace mobilenet {

namespace {

struct convolution {
    at::Tensor weight, bias;
    std::int64_t stride, groups;

    convolution(int inputs, int outputs, int kernel = 1, int step = 1, int parts = 1)
        : weight(at::randn({outputs, inputs / parts, kernel, kernel}) / std::sqrt(inputs)),
          bias(at::zeros({outputs})), stride(step), groups(parts) {
    }
    at::Tensor operator()(const at::Tensor &x) const {
        return at::conv2d(x, weight, bias, stride, weight.size(2) / 2, 1, groups);
    }
};

at::Tensor activate(at::Tensor x, bool hard) {
    return hard ? at::hardswish_(x) : at::relu_(x);
}

struct squeeze {
    convolution reduce, expand;

    explicit squeeze(int channels)
        : reduce(channels, squeezed(channels)), expand(squeezed(channels), channels) {
    }
    at::Tensor operator()(const at::Tensor &x) const {
        return x * at::hardsigmoid(expand(at::relu(reduce(x.mean({2, 3}, true)))));
    }
};

struct bottleneck {
    layer sizes;
    std::optional<convolution> expand;
    convolution depthwise;
    std::optional<squeeze> excite;
    convolution project;

    explicit bottleneck(const layer &of)
        : sizes(of), depthwise(of.middle, of.middle, of.kernel, of.stride, of.middle),
          project(of.middle, of.outputs) {
        if (of.expand)
            expand.emplace(of.inputs, of.middle);
        if (of.squeeze)
            excite.emplace(of.middle);
    }
    at::Tensor operator()(const at::Tensor &x) const {
        at::Tensor y = expand ? activate((*expand)(x), sizes.hard) : x;
        y = activate(depthwise(y), sizes.hard);
        y = project(excite ? (*excite)(y) : y);
        return sizes.residual() ? y.add_(x) : y;
    }
};

double milliseconds(const network &net) {
    auto start = std::chrono::steady_clock::now();
    net.run();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
        .count();
}

} // namespace

struct network::weights {
    at::Tensor image;
    convolution stem{image_channels, stem_channels, 3, 2};
    std::vector<bottleneck> layers;
    convolution last{160, last_channels};
    at::Tensor features_ = at::randn({features, last_channels}) / 31;
    at::Tensor classifier = at::randn({classes, features}) / 36;
};

network::network(const shape &chosen, int side) : weights_(std::make_unique<weights>()) {
    at::set_num_threads(1);
    weights_->image = at::randn({1, image_channels, side, side});
    for (const layer &one : layers_of(chosen))
        weights_->layers.emplace_back(one);
}

network::~network() = default;

std::int64_t network::run() const {
    c10::InferenceMode no_gradients;
    at::Tensor x = activate(weights_->stem(weights_->image), true);
    for (const bottleneck &one : weights_->layers)
        x = one(x);
    x = activate(weights_->last(x), true).mean({2, 3});
    x = activate(at::linear(x, weights_->features_), true);
    return at::linear(x, weights_->classifier).numel();
}

double network::latency() const {
    constexpr int warm = 2, runs = 7, most = 8;
    constexpr double agree = 1.03;
    std::vector<double> medians;
    for (int i = 0; i < warm; i++)
        run();
    while (medians.size() < most) {
        std::array<double, runs> times;
        for (double &one : times)
            one = milliseconds(*this);
        std::sort(times.begin(), times.end());
        medians.push_back(times[runs / 2]);
        std::sort(medians.begin(), medians.end());
        if (medians.size() > 2 && medians[2] <= agree * medians[0])
            break;
    }
    return medians[0];
}

} // namespace mobilenet

// SPDX-License-Identifier: Apache-2.0
// A sub-network as LibTorch runs it, normalisations folded into its weights, which are random: they
// do not change how long it takes.
#pragma once

#include "shape.hpp"

#include <memory>

namespace mobilenet {

class network {
  public:
    network(const shape &chosen, int side);
    ~network();
    // Runs on one image; the number of its answers.
    std::int64_t run() const;
    // Milliseconds of one image on one thread: the median of some runs, the fastest of such rounds.
    double latency() const;

  private:
    struct weights;
    std::unique_ptr<weights> weights_;
};

} // namespace mobilenet

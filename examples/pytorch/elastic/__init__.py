# SPDX-License-Identifier: Apache-2.0
"""Weight-sharing super-networks in PyTorch, after Once-for-All (Cai et al. 2020).

One file a purpose: design (what there is to choose), network (one sub-network, plain PyTorch),
supernet (weights that all sub-networks share), train, measure, export, data.
"""

# SPDX-License-Identifier: Apache-2.0
"""Searches of whole super-networks, studied: tactics, predictors, devices."""

# SPDX-License-Identifier: Apache-2.0
"""liblinas: search a super-network's sub-networks for the best trade-offs.

    import linas

    space = linas.Space({"ks": linas.Choice([3, 5, 7], count=20), "d": [2, 3, 4]})
    search = linas.Search(space, [linas.Maximize("top1"), linas.Minimize("latency", unit="ms")],
                          evaluations=200, seed=1)
    front = search.run(lambda config: {"top1": ..., "latency": ...})

Nothing but the standard library is needed; numpy, pandas, matplotlib, tqdm and optuna are used
where they are installed and asked for.
"""
from . import executors, metrics, pareto, plot
from ._abi import (Crossover, Direction, Model, Mutation, Order, Outcome, Status, StopReason, Survival,
                   Tactic, Target, ValueKind)
from ._library import VERSION as __version__
from ._library import build_info, library_path, version
from .arrays import Matrix
from .errors import (ArgumentError, Error, Failed, ForkError, FormatError, Infeasible,
                     JournalError, NumericError, ResourceError, StateError, TimedOut,
                     UnknownNameError, UnsupportedError)
from .imports import read_dynas_csv
from .nsga2 import NSGA2, Individual, NSGA2Options
from .objectives import Maximize, Minimize, Objective
from .predictor import CustomPredictor, Prediction, Predictor, PredictorOptions, Quality
from .results import Evaluation, Front, Results
from .search import Drift, Journal, Progress, Search, SearchOptions, Trial, open_journal
from .space import Above, Choice, Config, Depth, Group, In, Space, preset, presets
from .storage import MemoryStorage, Storage

__all__ = [
    "Above", "ArgumentError", "Choice", "Config", "Crossover", "CustomPredictor", "Depth",
    "Direction", "Drift", "Error", "Evaluation", "Failed", "ForkError", "FormatError", "Front",
    "Group", "In", "Individual", "Infeasible", "Journal", "JournalError", "Matrix", "Maximize",
    "MemoryStorage", "Minimize", "Model", "Mutation", "NSGA2", "NSGA2Options", "NumericError",
    "Objective", "Order", "Outcome", "Prediction", "Predictor", "PredictorOptions", "Progress",
    "Quality", "ResourceError", "Results", "Search", "SearchOptions", "Space", "StateError",
    "Status", "StopReason", "Storage", "Survival", "Tactic", "Target", "TimedOut", "Trial",
    "UnknownNameError", "UnsupportedError", "ValueKind", "__version__", "build_info",
    "executors", "library_path", "metrics", "open_journal", "pareto", "plot", "preset", "presets",
    "read_dynas_csv", "version",
]

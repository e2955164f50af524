# SPDX-License-Identifier: Apache-2.0
"""Results for other tools."""
import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .results import Results


def to_optuna(results: "Results", study: Any = None) -> Any:
    """Finished trials of an Optuna study: every variable is categorical, inactive ones are absent,
    failed evaluations are failed trials."""
    optuna: Any = importlib.import_module("optuna")
    if study is None:
        study = optuna.create_study(directions=[
            "maximize" if one.maximize else "minimize" for one in results.objectives])
    kinds = [optuna.distributions.CategoricalDistribution(group.values)
             for group in results.space.groups for _ in range(group.slots)]
    values = [group.values for group in results.space.groups for _ in range(group.slots)]
    names = results.space.names
    complete, fail = optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.FAIL
    trials = []
    for one in results:
        active = results.space.active(one.genome)
        chosen = [index for index in range(len(names)) if active[index]]
        trials.append(optuna.trial.create_trial(
            params={names[index]: values[index][one.genome[index]] for index in chosen},
            distributions={names[index]: kinds[index] for index in chosen},
            values=[one[objective.name] for objective in results.objectives] if one.ok else None,
            state=complete if one.ok else fail,
            system_attrs={"linas:id": one.id, "linas:reason": one.reason}))
    study.add_trials(trials)
    return study

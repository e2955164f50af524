# SPDX-License-Identifier: Apache-2.0
"""Sub-networks as files: TorchScript, which runs without any of this, and weights with the
configuration, which can be trained on."""
import json
from pathlib import Path
from typing import Any, Callable, Dict, List

import torch
from torch import nn

from .supernet import Config


def save(folder: Path, number: int, net: nn.Module, script: Any, facts: Dict[str, Any]) -> None:
    """`subnet-N.pt` (TorchScript), `subnet-N.weights` and `subnet-N.json` (configuration and what was
    measured)."""
    name = "subnet-%d" % number
    torch.jit.save(script, str(folder / (name + ".pt")))
    torch.save(net.state_dict(), folder / (name + ".weights"))
    (folder / (name + ".json")).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def saved(folder: Path) -> List[Path]:
    """The descriptions of what was saved, in order."""
    return sorted(folder.glob("subnet-*.json"), key=lambda path: int(path.stem.split("-")[1]))


def load_script(description: Path) -> Any:
    """The TorchScript network."""
    return torch.jit.load(str(description.with_suffix(".pt")))


def load_weights(description: Path, build: Callable[[Config], nn.Module]) -> nn.Module:
    """The network made from its configuration, with its weights."""
    facts = json.loads(description.read_text(encoding="utf-8"))
    net = build(facts["config"])
    net.load_state_dict(torch.load(description.with_suffix(".weights")))
    return net.eval()

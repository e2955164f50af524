# SPDX-License-Identifier: Apache-2.0
"""The packages that the benches compare with, at the versions that their figures are for; as a program
it prints what pip is to install."""
import subprocess

PACKAGES = {"moocore": "0.3.2", "pygmo": "2.20.0", "pymoo": "0.6.2", "deap": "1.4.4",
            "scikit-learn": "1.9.1", "optuna": "5.0.0"}


def versions(python):
    """What is installed of them, in one line."""
    listed = subprocess.run([python, "-m", "pip", "list", "--format", "freeze"],
                            capture_output=True, text=True, check=True).stdout.split()
    wanted = set(PACKAGES) | {"numpy"}
    return " ".join(one for one in listed if one.split("==")[0].lower() in wanted)


if __name__ == "__main__":
    print(" ".join("==".join(package) for package in PACKAGES.items()))

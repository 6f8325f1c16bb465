"""Backups of a running stack, from a person's machine: made, checked, and put into a new one."""

import sys

from toolchain.paths import ROOT

# What a backup is made of is the code that the CronJob runs too.
sys.path.append(str(ROOT / "images/mlflow"))

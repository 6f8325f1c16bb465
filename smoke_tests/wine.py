"""The wine data and the model of the tutorial."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
from sklearn.datasets import load_wine
from sklearn.linear_model import ElasticNet
from sklearn.model_selection import train_test_split
from sklearn.utils import Bunch

TARGET = "quality"
# UCI's Wine Quality, red, 1599 rows, comma separated: the file that the golden values belong to.
RED_WINE_MD5 = "6a883fd98624e18c0b7ce251f4fab4fb"
GOLDEN_ALPHA = 1.0
GOLDEN_FIRST_PREDICTIONS = (5.68130396, 5.5414187, 5.59652501)
GOLDEN_LAST_PREDICTIONS = (5.65587028, 5.63891449, 5.64739238)
GOLDEN_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Wine:
    """A data set: one row per wine.

    Attributes:
        features: What the model predicts from.
        target: What it predicts.
        is_red_wine: Whether this is the very file that the golden values belong to.
    """

    features: pd.DataFrame
    target: pd.Series
    is_red_wine: bool


def load(csv: Path | None) -> Wine:
    """Load the red-wine file, or scikit-learn's sample where there is none.

    Args:
        csv: Comma-separated numbers under a header whose last name is `quality`.

    Raises:
        ValueError: The file does not look like that.
    """
    if csv is None:
        sample = cast(Bunch, load_wine(as_frame=True))
        return Wine(sample.data, sample.target, is_red_wine=False)
    content = csv.read_bytes()
    frame = pd.read_csv(csv)
    if frame.columns[-1] != TARGET:
        raise ValueError(
            f"{csv}: the last column is {frame.columns[-1]!r}, want {TARGET!r}: is the file "
            "comma separated? (UCI's own copy has semicolons)"
        )
    return Wine(
        frame.drop(columns=TARGET),
        frame.pop(TARGET),
        is_red_wine=hashlib.md5(content, usedforsecurity=False).hexdigest() == RED_WINE_MD5,
    )


def train(wine: Wine, alpha: float) -> ElasticNet:
    """Fit the tutorial's model to three quarters of the rows.

    Args:
        wine: The data.
        alpha: Strength of the penalty; the tutorial's is 1.
    """
    features, _, target, _ = train_test_split(wine.features, wine.target, random_state=42)
    return ElasticNet(alpha=alpha, l1_ratio=1).fit(features, target)


def golden_differences(predictions: np.ndarray) -> list[str]:
    """Compare predictions for every row of the red-wine file with the published ones.

    Returns:
        A line for each row that is further off than `GOLDEN_TOLERANCE`; none if all is well.
    """
    ends = np.concatenate([predictions[:3], predictions[-3:]])
    golden = np.array(GOLDEN_FIRST_PREDICTIONS + GOLDEN_LAST_PREDICTIONS)
    return [
        f"predicted {got:.8f}, want {want:.8f}"
        for got, want in zip(ends, golden, strict=True)
        if abs(got - want) > GOLDEN_TOLERANCE
    ]

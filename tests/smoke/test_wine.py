"""The wine data and the model, on a small made-up vineyard."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from smoke_tests import wine


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    """Forty wines whose quality is half their alcohol; the pH says nothing."""
    rows = [f"{alcohol},{3 + alcohol % 3 / 10},{alcohol / 2}" for alcohol in range(40)]
    path = tmp_path / "wine.csv"
    path.write_text("\n".join(["alcohol,pH,quality", *rows]))
    return path


def test_the_last_column_of_a_file_is_what_is_predicted(csv: Path) -> None:
    data = wine.load(csv)
    assert list(data.features.columns) == ["alcohol", "pH"]
    assert data.target.tolist() == [alcohol / 2 for alcohol in range(40)]
    assert not data.is_red_wine


def test_a_file_with_semicolons_is_refused_with_a_hint(tmp_path: Path) -> None:
    path = tmp_path / "wine.csv"
    path.write_text("alcohol;pH;quality\n12;3.3;5\n")
    with pytest.raises(ValueError, match="is the file comma separated"):
        wine.load(path)


def test_without_a_file_the_sample_of_scikit_learn_is_taken() -> None:
    data = wine.load(None)
    assert data.features.shape == (178, 13)
    assert not data.is_red_wine


def test_training_is_the_same_every_time(csv: Path) -> None:
    data = wine.load(csv)
    once, again = (wine.train(data, alpha=1).predict(data.features) for _ in range(2))
    np.testing.assert_array_equal(once, again, strict=True)


def test_the_model_is_a_lasso_fitted_to_three_quarters_of_the_rows(csv: Path) -> None:
    data = wine.load(csv)
    model = wine.train(data, alpha=1)
    rows = wine.train_test_split(data.features["alcohol"], random_state=42)[0]
    # With one column that counts, the penalty takes alpha / variance from its true slope.
    assert model.coef_ == pytest.approx([0.5 - 1 / np.var(rows), 0], abs=1e-9)


def test_the_published_predictions_differ_in_nothing_from_themselves() -> None:
    golden = [*wine.GOLDEN_FIRST_PREDICTIONS, 5.0, *wine.GOLDEN_LAST_PREDICTIONS]
    assert wine.golden_differences(np.array(golden)) == []


def test_a_prediction_that_is_off_by_more_than_the_tolerance_is_named() -> None:
    golden = [*wine.GOLDEN_FIRST_PREDICTIONS, *wine.GOLDEN_LAST_PREDICTIONS]
    golden[1] += 2 * wine.GOLDEN_TOLERANCE
    golden[2] += wine.GOLDEN_TOLERANCE / 2
    assert wine.golden_differences(np.array(golden)) == ["predicted 5.54142070, want 5.54141870"]

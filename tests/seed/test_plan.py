"""What is made for each size, before anything is made."""

from __future__ import annotations

import hashlib
import re
import struct
import zlib

import pytest

import seed
from seed.__main__ import read_size
from seed.counts import Counts, planned
from seed.plan import EXTENTS, Experiment, Run, Size, plan

LONGEST_PARAM = 6000
LONGEST_KEY = 250


def runs_of(experiments: tuple[Experiment, ...]) -> list[Run]:
    searches = [search for experiment in experiments for search in experiment.searches]
    return [run for search in searches for run in (search.parent, *search.trials)]


@pytest.mark.parametrize("size", Size)
def test_the_documented_table_is_what_is_planned(size: Size) -> None:
    rows = [line.split("|")[1:-1] for line in (seed.__doc__ or "").splitlines() if line[:1] == "|"]
    column = [name.strip() for name in rows[0]].index(size)
    documented = {row[0].strip(): int(row[column]) for row in rows[2:]}
    counts = planned(plan(size))
    assert documented == {
        "experiments, registered models": counts.experiments,
        "searches, model versions": counts.model_versions,
        "runs": counts.runs,
        "params": counts.params,
        "metric values": counts.metric_values,
        "artifacts, models not counted": counts.artifacts,
        "aliases": counts.aliases,
    }
    assert counts.experiments == counts.registered_models == EXTENTS[size].projects


def test_the_same_size_is_the_same_content_on_every_machine() -> None:
    content = repr([(run.key, run.params) for run in runs_of(plan(Size.SMALL))])
    assert hashlib.sha256(content.encode()).hexdigest()[:12] == "5f09f577da5a"


@pytest.mark.parametrize(
    ("smaller", "larger"), [(Size.SMALL, Size.MEDIUM), (Size.MEDIUM, Size.LARGE)]
)
def test_a_larger_size_contains_the_smaller_one(smaller: Size, larger: Size) -> None:
    contained = {run.key: run for run in runs_of(plan(larger))}
    for run in runs_of(plan(smaller)):
        assert contained[run.key] == run


def test_no_two_runs_share_a_key() -> None:
    keys = [run.key for run in runs_of(plan(Size.LARGE))]
    assert len(keys) == len(set(keys))


def test_all_names_begin_with_seed() -> None:
    names = [experiment.project.name for experiment in plan(Size.LARGE)]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"seed-[a-z-]+", name) for name in names)


def test_trials_have_histories_and_parameters_of_their_own() -> None:
    search = plan(Size.SMALL)[0].searches[0]
    assert len({tuple(trial.params.items()) for trial in search.trials}) == len(search.trials)
    for trial in search.trials:
        lengths = {len(values) for values in trial.metrics.values()}
        assert lengths == ({25} if trial.failed else {50})
        assert trial.metrics["val_loss"][-1] < trial.metrics["val_loss"][0]


@pytest.mark.parametrize("size", Size)
def test_the_best_trial_is_the_best_of_those_that_did_not_fail(size: Size) -> None:
    for experiment in plan(size):
        metric = experiment.project.metric
        choose = min if metric == "val_rmse" else max
        for search in experiment.searches:
            scores = [trial.metrics[metric][-1] for trial in search.trials if not trial.failed]
            assert search.score == search.best.metrics[metric][-1] == choose(scores)
            assert search.parent.metrics[f"best_{metric}"][-1] == search.score
        scores = [search.score for search in experiment.searches]
        assert experiment.champion.score == choose(scores)


def test_some_runs_fail_as_in_life() -> None:
    failed = [run for run in runs_of(plan(Size.MEDIUM)) if run.failed]
    assert 0 < len(failed) < 0.2 * len(runs_of(plan(Size.MEDIUM)))
    assert all(b"nan" in run.files["training.log"] for run in failed)


def test_runs_follow_each_other_in_time() -> None:
    for experiment in plan(Size.SMALL):
        for search in experiment.searches:
            starts = [trial.started_ms for trial in search.trials]
            assert starts == sorted(set(starts))
            assert search.parent.started_ms == starts[0]
            assert all(run.ended_ms > run.started_ms for run in search.trials)
            assert search.parent.ended_ms >= search.trials[-1].ended_ms


def test_everything_is_short_enough_for_mlflow() -> None:
    for run in runs_of(plan(Size.LARGE)):
        assert len(run.params) <= 100
        assert all(len(value) <= LONGEST_PARAM for value in run.params.values())
        assert all(len(key) <= LONGEST_KEY for key in [*run.params, *run.metrics])


def test_the_chart_is_a_png_with_a_pixel_for_every_byte() -> None:
    chart = plan(Size.SMALL)[0].searches[0].parent.files["val_loss.png"]
    assert chart[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, rest = {}, chart[8:]
    while rest:
        (length,) = struct.unpack(">I", rest[:4])
        kind, content = rest[4:8], rest[8 : 8 + length]
        assert struct.unpack(">I", rest[8 + length : 12 + length]) == (zlib.crc32(kind + content),)
        chunks[kind], rest = content, rest[12 + length :]
    width, height = struct.unpack(">II", chunks[b"IHDR"][:8])
    assert len(zlib.decompress(chunks[b"IDAT"])) == height * (width + 1)


def test_a_report_has_a_row_for_every_trial() -> None:
    search = plan(Size.SMALL)[1].searches[0]
    report = search.parent.files["report.md"].decode()
    for trial in search.trials:
        assert f"| {trial.name} |" in report


def test_without_a_size_it_is_small() -> None:
    assert read_size("") is Size.SMALL
    assert read_size("large") is Size.LARGE


def test_a_size_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(ValueError, match=r"'huge', want one of: small, medium, large"):
        read_size("huge")


def test_counts_are_added_one_by_one() -> None:
    total = Counts(runs=1, params=2) + Counts(runs=3, aliases=4)
    assert total == Counts(runs=4, params=2, aliases=4)
    assert "4 runs" in str(total)
    assert not Counts()

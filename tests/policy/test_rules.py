"""The rules of policy/: what a stack is made of breaks none, and each finds what is planted."""

from __future__ import annotations

import copy

import pytest

from mlplatform import render
from policy.rules import RULES
from tests.infra.conftest import CONFIGURATIONS, recorded
from tests.policy.faults import CHECKOV_IS_BLIND, FAULTS, Objects


def rendered(configuration: str) -> Objects:
    return render.objects(recorded(configuration).declared)


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_no_object_breaks_a_rule(configuration: str) -> None:
    objects = rendered(configuration)
    assert [str(finding) for rule in RULES for finding in rule(objects)] == []


@pytest.fixture(scope="module")
def sound() -> Objects:
    """Objects of every kind: a stack with backups."""
    return rendered("backups")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_by_its_rule(fault: str, sound: Objects) -> None:
    rule, plant = FAULTS[fault]
    faulty = copy.deepcopy(sound)
    plant(faulty)
    assert rule(sound) == []
    assert len(rule(faulty)) == 1


def test_every_rule_has_a_fault_that_it_finds() -> None:
    assert set(RULES) == {rule for rule, _ in FAULTS.values()}
    assert len(RULES) >= 20


def test_what_checkov_does_not_see_is_among_the_faults() -> None:
    assert len([fault for fault in FAULTS if fault.startswith(CHECKOV_IS_BLIND)]) == 8

"""What counts as a difference between two moments of a stack."""

from __future__ import annotations

from dataclasses import replace

from drills.content import Content, differences

BEFORE = Content(
    columns={"runs": ("run_uuid", "status"), "tags": ("key",)},
    tables={"runs": (2, "17"), "tags": (1, "5")},
    objects={"artifacts/1/a": (3, "aa"), "artifacts/1/b": (4, "bb")},
)


def test_a_stack_does_not_differ_from_itself() -> None:
    assert differences(BEFORE, BEFORE) == []


def test_a_row_that_changed_is_found_though_their_number_did_not() -> None:
    after = replace(BEFORE, tables={**BEFORE.tables, "runs": (2, "18")})
    assert differences(BEFORE, after) == ["table runs: 2 rows (17) before, 2 rows (18) after"]


def test_a_table_that_is_gone_is_a_difference_whatever_it_held() -> None:
    after = replace(BEFORE, columns={"runs": BEFORE.columns["runs"]}, tables={"runs": (2, "17")})
    assert differences(BEFORE, after) == ["table tags: 1 rows (5) before, absent after"]


def test_a_column_that_is_gone_is_named() -> None:
    after = replace(BEFORE, columns={**BEFORE.columns, "runs": ("run_uuid",)})
    assert differences(BEFORE, after) == ["column runs.status: gone"]


def test_objects_that_are_gone_new_or_of_other_bytes_are_named() -> None:
    after = replace(BEFORE, objects={"artifacts/1/b": (4, "cc"), "artifacts/1/c": (0, "dd")})
    assert differences(BEFORE, after) == [
        "object artifacts/1/a: 3 bytes (aa) before, absent after",
        "object artifacts/1/b: 4 bytes (bb) before, 4 bytes (cc) after",
        "object artifacts/1/c: absent before, 0 bytes (dd) after",
    ]

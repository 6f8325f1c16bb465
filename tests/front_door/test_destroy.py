"""Whose stack it is that is destroyed, and what stays of a durable one."""

import pytest

from front_door import destroy, pulumi
from front_door.leftovers import objects
from front_door.request import Request
from toolchain.process import Failed

REQUEST = Request("pr-42", None)


def world(
    monkeypatch: pytest.MonkeyPatch, *, marked: str | None, durable: bool, idle: bool
) -> None:
    """A cluster with a namespace, and a state whose owner is `us`."""
    monkeypatch.setattr(objects, "owner", lambda _: marked)
    monkeypatch.setattr(objects, "keeps_data", lambda _: durable)
    monkeypatch.setattr(objects, "is_idle", lambda _: idle)
    monkeypatch.setattr(pulumi, "owner", lambda _: "us")


@pytest.mark.parametrize(
    ("marked", "durable", "idle", "known"),
    [
        ("us", False, False, True),
        (None, False, False, False),
        (None, True, False, False),
        ("them", True, True, True),
        ("them", True, True, False),
    ],
)
def test_a_stack_of_this_state_or_of_nobody_is_taken(
    monkeypatch: pytest.MonkeyPatch, marked: str | None, durable: bool, idle: bool, known: bool
) -> None:
    world(monkeypatch, marked=marked, durable=durable, idle=idle)
    destroy.refuse_anothers(REQUEST, known=known)


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("durable", [True, False])
def test_a_stack_of_another_state_is_refused_with_the_way_on(
    monkeypatch: pytest.MonkeyPatch, durable: bool, known: bool
) -> None:
    world(monkeypatch, marked="them", durable=durable, idle=False)
    with pytest.raises(Failed) as refused:
        destroy.refuse_anothers(REQUEST, known=known)
    way = str(refused.value)
    assert "annotate namespace mlplatform-pr-42 mlplatform/owner-" in way
    assert "make down STACK=pr-42" in way
    assert ("label namespace mlplatform-pr-42 mlplatform/ephemeral=false" in way) != durable


def test_an_ephemeral_namespace_without_servers_is_still_anothers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world(monkeypatch, marked="them", durable=False, idle=True)
    with pytest.raises(Failed):
        destroy.refuse_anothers(REQUEST, known=True)


def test_all_but_the_volumes_of_a_durable_stack_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[str, ...]] = []
    monkeypatch.setattr(objects, "kubectl", lambda _, *words, **__: said.append(words))
    objects.release(REQUEST)
    [delete, annotate] = said
    assert "--namespace=mlplatform-pr-42" in delete
    assert not {"pvc", "persistentvolumeclaim", "namespace"} & {*delete[1].split(",")}
    assert "mlplatform/owner-" in annotate

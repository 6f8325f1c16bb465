"""Whose stack it is that is destroyed, and what stays of a durable one."""

from types import SimpleNamespace

import pytest

from cluster import lifecycle
from front_door import destroy, pulumi, stacks
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


@pytest.mark.parametrize(
    ("marked", "durable", "idle", "own"),
    [
        ("us", False, False, "us"),
        (None, False, False, None),
        (None, True, False, None),
        ("them", True, True, "us"),
        ("them", True, True, None),
    ],
)
def test_a_stack_of_this_state_or_of_nobody_is_taken(
    monkeypatch: pytest.MonkeyPatch, marked: str | None, durable: bool, idle: bool, own: str | None
) -> None:
    world(monkeypatch, marked=marked, durable=durable, idle=idle)
    destroy.refuse_anothers(REQUEST, own)


@pytest.mark.parametrize("own", ["us", None])
@pytest.mark.parametrize("durable", [True, False])
def test_a_stack_of_another_state_is_refused_with_the_way_on(
    monkeypatch: pytest.MonkeyPatch, durable: bool, own: str | None
) -> None:
    world(monkeypatch, marked="them", durable=durable, idle=False)
    with pytest.raises(Failed) as refused:
        destroy.refuse_anothers(REQUEST, own)
    way = str(refused.value)
    assert "annotate namespace mlplatform-pr-42 mlplatform/owner-" in way
    assert "make down STACK=pr-42" in way
    assert ("label namespace mlplatform-pr-42 mlplatform/ephemeral=false" in way) != durable


def test_an_ephemeral_namespace_without_servers_is_still_anothers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world(monkeypatch, marked="them", durable=False, idle=True)
    with pytest.raises(Failed):
        destroy.refuse_anothers(REQUEST, "us")


def test_all_but_the_volumes_of_a_durable_stack_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[str, ...]] = []
    monkeypatch.setattr(objects, "kubectl", lambda _, *words, **__: said.append(words))
    objects.release(REQUEST)
    [delete, annotate] = said
    assert "--namespace=mlplatform-pr-42" in delete
    assert not {"pvc", "persistentvolumeclaim", "namespace"} & {*delete[1].split(",")}
    assert "mlplatform/owner-" in annotate


def test_a_stack_is_not_looked_for_in_another_cluster_than_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pulumi, "ownership", lambda _: {"value": "us", "context": "team"})
    with pytest.raises(Failed, match=r"make down STACK=pr-42 CONTEXT=team"):
        destroy.destroy(REQUEST, whoever_made_it=True)


def test_only_the_stacks_of_this_backend_go_with_their_cluster(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another backend may have a stack of the same name, in a cluster of the same name."""
    owners = {"ours": "us", "theirs": "them", "unknown": "us"}
    monkeypatch.setattr(lifecycle, "answers", lambda _: True)
    monkeypatch.setattr(
        stacks, "in_cluster", lambda _: [SimpleNamespace(stack=name) for name in owners]
    )
    monkeypatch.setattr(objects, "owner", lambda one: owners[one.stack])
    known = {"ours", "theirs"}
    monkeypatch.setattr(
        pulumi, "ownership", lambda stack: {"value": "us"} if stack in known else None
    )
    assert [one.stack for one in destroy.in_cluster(REQUEST)] == ["ours"]
    monkeypatch.setattr(lifecycle, "answers", lambda _: False)
    assert destroy.in_cluster(REQUEST) == []

"""Minikube's kube-proxy follows changes at once."""

import json
from typing import Any

import pytest

from cluster import kube_proxy


@pytest.mark.parametrize(
    ("settings", "changed"),
    [
        ("iptables:\n  minSyncPeriod: 0s\n", "iptables:\n  minSyncPeriod: 100ms\n"),
        ("iptables:\n  minSyncPeriod: 5s\n", None),
        ("iptables:\n  minSyncPeriod: 100ms\n", None),
    ],
)
def test_it_is_started_anew_where_it_would_wait_by_itself(
    settings: str, changed: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []
    found: list[dict[str, Any]] = [{"data": {"config.conf": settings}}]
    monkeypatch.setattr(kube_proxy, "get", lambda *_: found)
    monkeypatch.setattr(kube_proxy, "kubectl", lambda _, *words: asked.append(words))
    kube_proxy.hurry("minikube")
    if changed is None:
        assert asked == []
        return
    patch, restart = asked
    assert json.loads(patch[-1].partition("=")[2]) == {"data": {"config.conf": changed}}
    assert restart[:3] == ("rollout", "restart", "daemonset/kube-proxy")

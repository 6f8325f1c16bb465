"""Nobody is reached who need not be: network policies hold, where the cluster enforces any."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cluster.kubectl import get
from smoke_tests.closed_ways import CANARY, MLFLOW, POSTGRES
from smoke_tests.settings import Settings


@pytest.mark.own("postgres", "minio")
def test_pods_reach_nobody_whom_they_do_not_need(
    settings: Settings, reached: Callable[[str], list[str]]
) -> None:
    if not get(settings.context, "networkpolicies", f"--namespace={settings.namespace}"):
        pytest.skip("the stack has no network policies")
    if CANARY in reached(POSTGRES):
        routers = get(settings.context, "daemonset", "kube-router", "--namespace=kube-system")
        assert not routers, "kube-router runs, and enforces nothing"
        pytest.skip("this cluster enforces no network policies")
    assert reached(POSTGRES) == []
    assert reached(MLFLOW) == []

"""Nobody is reached who need not be: network policies hold, where the cluster enforces any."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import pytest

from cluster.kubectl import get
from smoke_tests.namespace import Namespace
from smoke_tests.settings import Settings

POSTGRES, MLFLOW = "statefulset/postgres", "deployment/mlflow-server"
# A way to a server that answers everybody, as long as no policy is enforced.
CANARY = "minio:9000"
# The cluster's DNS is open, what else its pods serve is not; where a cloud's machine has its
# credentials.
OUTSIDE = ("kube-dns.kube-system:9153", "169.254.169.254:80")
# All at once: a closed way shows by silence.
_CONNECT = """
for place in {places}; do
    timeout 2 bash -c "exec 3<>/dev/tcp/${{place%:*}}/${{place#*:}} && echo $place" 2>/dev/null &
done
wait
"""


@pytest.mark.own("postgres", "minio")
def test_pods_reach_nobody_whom_they_do_not_need(settings: Settings, namespace: Namespace) -> None:
    place = f"--namespace={settings.namespace}"
    if not get(settings.context, "networkpolicies", place):
        pytest.skip("the stack has no network policies")
    with ThreadPoolExecutor() as pool:
        of_mlflow = pool.submit(reached, namespace, MLFLOW, OUTSIDE)
        of_postgres = reached(namespace, POSTGRES, [CANARY, "mlflow-server:5000", *OUTSIDE])
    if CANARY in of_postgres:
        routers = get(settings.context, "daemonset", "kube-router", "--namespace=kube-system")
        assert not routers, "kube-router runs, and enforces nothing"
        pytest.skip("this cluster enforces no network policies")
    assert of_postgres == []
    assert of_mlflow.result() == []


def reached(namespace: Namespace, workload: str, places: Iterable[str]) -> list[str]:
    """Those of the places, host:port, that a pod of the workload can connect to."""
    script = _CONNECT.format(places=" ".join(places))
    return namespace.execute(workload, ["bash", "-s"], stdin=script).split()

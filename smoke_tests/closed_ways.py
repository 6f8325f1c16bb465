"""Where a pod of the stack must not get to, and where it gets to."""

from __future__ import annotations

from collections.abc import Sequence

from smoke_tests.namespace import Namespace

POSTGRES, MLFLOW = "statefulset/postgres", "deployment/mlflow-server"
# A way to a server that answers everybody, as long as no policy is enforced.
CANARY = "minio:9000"
# The cluster's DNS is open, what else its pods serve is not; where a cloud's machine has its
# credentials.
_OUTSIDE = ("kube-dns.kube-system:9153", "169.254.169.254:80")
CLOSED = {POSTGRES: (CANARY, "mlflow-server:5000", *_OUTSIDE), MLFLOW: _OUTSIDE}
# All at once: a closed way shows by silence.
_CONNECT = """
for place in {places}; do
    timeout 2 bash -c "exec 3<>/dev/tcp/${{place%:*}}/${{place#*:}} && echo $place" 2>/dev/null &
done
wait
"""


def connections(namespace: Namespace, workload: str, places: Sequence[str]) -> list[str]:
    """Those of the places, host:port, that a pod of the workload can connect to."""
    script = _CONNECT.format(places=" ".join(places))
    return namespace.execute(workload, ["bash", "-s"], stdin=script).split()

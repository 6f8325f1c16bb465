"""Minikube's kube-proxy: it leads from Services to pods."""

import json

from cluster.kubectl import get, kubectl

_PLACE = "--namespace=kube-system"
_BY_ITSELF, _AT_ONCE = "minSyncPeriod: 0s", "minSyncPeriod: 100ms"


def hurry(context: str) -> None:
    """Let it follow every change at once.

    By itself it waits a second after each, for the sake of clusters with thousands of Services; a
    stack that starts makes several changes, one after the other. It reads this when it starts.
    """
    for found in get(context, "configmap", "kube-proxy", _PLACE):
        settings = found["data"]["config.conf"]
        if _BY_ITSELF not in settings:
            continue
        changed = {"data": {"config.conf": settings.replace(_BY_ITSELF, _AT_ONCE)}}
        patch = f"--patch={json.dumps(changed)}"
        kubectl(context, "patch", "configmap", "kube-proxy", _PLACE, "--type=merge", patch)
        kubectl(context, "rollout", "restart", "daemonset/kube-proxy", _PLACE)

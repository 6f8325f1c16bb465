"""Brings a cluster up and takes it down again."""

import json

from cluster import ingress
from cluster.bare import node
from cluster.kind import Kind, kind_of, minikube_home, profile
from cluster.kubectl import get, kubectl
from cluster.record import Record
from toolchain.process import Failed, run, say, show

DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"


def check(context: str | None) -> None:
    """Refuse a machine on which `up` could not succeed, before the long work of preparing it.

    Raises:
        Failed: it lacks something; nothing was changed.
    """
    if kind_of(context) is Kind.NODE:
        node.check()


def up(context: str | None) -> str:
    """Make sure that there is a cluster to deploy to; safe to repeat.

    Args:
        context: the context that the user named, if any.

    Returns:
        The context of a cluster that answers and has a default StorageClass and an ingress.

    Raises:
        Failed: there is none and none could be made.
    """
    if context:
        _check_named(context)
        return context
    kind = kind_of(None)
    if not _runs(profile()):
        # Written down first: what a failed start leaves behind is ours to delete as well.
        if not (minikube_home() / "profiles" / profile()).exists():
            Record("cluster").note("made profile", profile())
        if kind is Kind.NODE:
            node.up()
        else:
            say(f"Starting Minikube, profile {profile()}")
            show(["minikube", "start", f"--profile={profile()}", "--wait=all"], timeout=900)
    _check_storage_class(profile())
    ingress.install(kind, profile())
    return profile()


def down(context: str | None) -> None:
    """Delete what `up` made, and nothing else.

    Raises:
        Failed: the user named a context, which `up` never makes.
    """
    record = Record("cluster")
    if context:
        raise Failed(
            "to delete a cluster that `make cluster` made",
            "CONTEXT names one that it did not make",
            "leave CONTEXT away, or delete that cluster with what made it",
        )
    if Record("host").exists():
        say("Deleting the cluster and putting this machine back as it was")
        node.down()
    elif record.get("made profile") == profile():
        run(["minikube", "delete", f"--profile={profile()}"], timeout=300)
    elif _runs(profile()):
        say("This Minikube was here before: only the ingress controller is removed from it")
        ingress.remove(profile())
    else:
        say("There is nothing to delete: `make cluster` made no cluster here")
    record.forget()


def exists(context: str) -> bool:
    """Whether the context's cluster exists, running or not.

    `minikube stop` takes the context out of the kubeconfig; the profile stays.
    """
    if (minikube_home() / "profiles" / context).exists():
        return True
    known = run(["kubectl", "config", "get-contexts", "--output=name"], timeout=20)
    return context in known.splitlines()


def answers(context: str) -> bool:
    """Whether the cluster's API server is ready."""
    try:
        kubectl(context, "get", "--raw=/readyz", timeout=10)
    except Failed:
        return False
    return True


def require_answer(context: str) -> None:
    """Refuse to go on without a cluster.

    Raises:
        Failed: it does not answer.
    """
    if not answers(context):
        raise Failed(
            f"an answer from the cluster of context {context}",
            "none: it is stopped, or it no longer exists",
            "start it (`make cluster`) and repeat; if it is lost for good: `make cluster-down`, or "
            f"`kubectl config delete-context {context}`, and repeat",
        )


def _runs(name: str) -> bool:
    """Whether the profile exists, every part of it runs, and its API server answers.

    Its provisioner of volumes counts: a bare Pod, which nobody makes again when a node that did not
    answer for five minutes has lost its pods. `minikube start` does.
    """
    if not (minikube_home() / "profiles" / name).exists():
        return False
    try:
        printed = run(["minikube", "status", f"--profile={name}", "--output=json"], timeout=30)
    except Failed:
        return False
    status = json.loads(printed)
    parts = (status.get("Host"), status.get("Kubelet"), status.get("APIServer"))
    return parts == ("Running", "Running", "Running") and answers(name) and _provisions(name)


def _provisions(name: str) -> bool:
    """Whether volumes are made; another provisioner than Minikube's own is its owner's affair."""
    if _default_provisioner(name) != "k8s.io/minikube-hostpath":
        return True
    pods = get(name, "pod", "storage-provisioner", "--namespace=kube-system")
    return any(pod["status"].get("phase") == "Running" for pod in pods)


def _check_named(context: str) -> None:
    if not exists(context):
        known = run(["kubectl", "config", "get-contexts", "--output=name"], timeout=20).split()
        raise Failed(
            f"the context {context}",
            f"the kubeconfig has {', '.join(known) or 'none'}",
            "name one of these with CONTEXT=..., or leave CONTEXT away for a Minikube",
        )
    if not answers(context):
        raise Failed(
            f"an answer from the cluster of context {context}",
            "none within 10 s",
            f"see what `kubectl --context={context} get nodes` says",
        )
    _check_storage_class(context)
    if not get(context, "ingressclass"):
        raise Failed(
            f"an ingress controller in the cluster of context {context}",
            "it has no IngressClass",
            "install one and name its class: pulumi config set ingressClass NAME",
        )


def _check_storage_class(context: str) -> None:
    if _default_provisioner(context) is None:
        raise Failed(
            f"a default StorageClass in the cluster of context {context}",
            "none is marked as the default",
            f"kubectl annotate storageclass NAME {DEFAULT_CLASS}=true",
        )


def _default_provisioner(context: str) -> str | None:
    """What makes the volumes of the default StorageClass; None without such a class."""
    for found in get(context, "storageclass"):
        if found["metadata"].get("annotations", {}).get(DEFAULT_CLASS) == "true":
            return found["provisioner"]
    return None

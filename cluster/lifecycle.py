"""Brings a cluster up and takes it down again."""

import json
import shutil

from cluster import engine, ingress, kube_proxy, profiles
from cluster.bare import kube_router, node
from cluster.kind import Kind, kind_of
from cluster.kubectl import get, kubectl
from cluster.profiles import profile
from toolchain import proxy
from toolchain.process import Failed, run, say, show

DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"


def problems(context: str | None) -> list[str]:
    """What keeps a cluster from being made here: a sentence each, with what to do."""
    kind, name = kind_of(context), profile()
    if kind is Kind.NODE and not profiles.is_anothers(name):
        return node.problems()
    if kind is Kind.MINIKUBE and not profiles.exists(name):
        return engine.problems()
    return []


def check(context: str | None) -> None:
    """Refuse a machine on which `up` could not succeed, before the long work of preparing it.

    Raises:
        Failed: with every problem at once; nothing was changed.
    """
    # Where kubectl is yet to be built, `up` asks.
    if context and shutil.which("kubectl"):
        _check_access(context)
    _refuse(kind_of(context), problems(context))


def up(
    context: str | None,
    *,
    needs_default_class: bool = True,
    ingress_class: str | None = ingress.CLASS,
) -> str:
    """Make sure that there is a cluster to deploy to; safe to repeat.

    Args:
        context: the context that the user named, if any.
        needs_default_class: whether a named cluster must have a default StorageClass.
        ingress_class: that of the stack: a Minikube gets the ingress controller of our own class,
            a named cluster must have one; None where no Ingress is needed.

    Returns:
        The context of a cluster that answers and has a default StorageClass and an ingress.

    Raises:
        Failed: there is none and none could be made.
    """
    if context:
        _check_access(context)
        if needs_default_class:
            _check_storage_class(context)
        if ingress_class:
            _check_ingress_class(context)
        return context
    name, kind = profile(), kind_of(None)
    if not _runs(name):
        if kind is Kind.MINIKUBE:
            _refuse(kind, engine.problems())
        if not profiles.exists(name):
            _refuse_anothers(name)
            # Before the start: what a failed one leaves behind is ours to delete as well.
            profiles.mark(name)
        if kind is Kind.NODE and not profiles.is_anothers(name):
            node.up()
        else:
            say(f"Starting Minikube, profile {name}")
            command = ["minikube", "start", f"--profile={name}", "--wait=all"]
            show([*command, *engine.start_options()], timeout=900)
        proxy.pass_by(profiles.addresses(name))
        if not profiles.is_anothers(name):
            kube_proxy.hurry(name)
    if kind is Kind.NODE and not profiles.is_anothers(name):
        kube_router.install(name)
    _check_storage_class(name)
    if ingress_class == ingress.CLASS:
        ingress.install(kind, name)
    return name


def down(context: str | None) -> bool:
    """Delete what `up` made, and nothing else.

    Returns:
        Whether a cluster was deleted.

    Raises:
        Failed: the user named a context, which `up` never makes.
    """
    name = profile()
    if context:
        raise Failed(
            "to delete a cluster that `make cluster` made",
            "CONTEXT names one that it did not make",
            "leave CONTEXT away, or delete that cluster with what made it",
        )
    is_ours = profiles.is_ours(name)
    if is_ours:
        say(f"Deleting Minikube, profile {name}, with all that is in it")
        run(["minikube", "delete", f"--profile={name}"], timeout=300)
        profiles.forget(name)
    elif profiles.exists(name):
        say(
            f"`make cluster` has not made this Minikube, profile {name}: it stays, without our "
            f"ingress controller. To delete it all the same: minikube delete --profile={name}"
        )
        if _runs(name):
            ingress.remove(name)
    else:
        say(f"There is no Minikube to delete: {profiles.directory(name)} does not exist")
    node.put_host_back()
    return is_ours


def exists(context: str) -> bool:
    """Whether the context's cluster exists, running or not.

    `minikube stop` takes the context out of the kubeconfig; the profile stays.
    """
    if profiles.exists(context):
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
    if not profiles.exists(name):
        return False
    try:
        printed = run(["minikube", "status", f"--profile={name}", "--output=json"], timeout=30)
    except Failed:
        return False
    status = json.loads(printed)
    nodes = status if isinstance(status, list) else [status]
    return all(map(_node_runs, nodes)) and answers(name) and _provisions(name)


def _node_runs(node: dict[str, str]) -> bool:
    """Whether every part of a node runs; a node that is a worker only has no API server."""
    parts = (node["Host"], node["Kubelet"], node["APIServer"])
    return set(parts) <= {"Running", "Irrelevant"}


def _refuse(kind: Kind, found: list[str]) -> None:
    if found:
        raise Failed(
            kind.value,
            "; ".join(found),
            "mend what is listed, or name a cluster of your own with CONTEXT=...; nothing was "
            "changed",
        )


def _refuse_anothers(name: str) -> None:
    """Make no Minikube where another home has one of that name: it would be lost.

    Raises:
        Failed: its containers are there, or it answers.
    """
    found = engine.containers(name)
    if answers(name):
        found.append(f"a cluster answers as context {name}")
    if found:
        raise Failed(
            f"a new Minikube, profile {name}, in {profiles.minikube_home()}",
            f"there is one of that name, which is not from there: {', '.join(found)}",
            "set MINIKUBE_HOME to where it is from; or take another name: MINIKUBE_PROFILE=...; "
            "nothing was changed",
        )


def _provisions(name: str) -> bool:
    """Whether volumes are made; another provisioner than Minikube's own is its owner's affair."""
    if _default_provisioner(name) != "k8s.io/minikube-hostpath":
        return True
    pods = get(name, "pod", "storage-provisioner", "--namespace=kube-system")
    return any(pod["status"].get("phase") == "Running" for pod in pods)


def _check_access(context: str) -> None:
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
    try:
        kubectl(context, "auth", "can-i", "create", "namespaces")
    except Failed as refusal:
        raise Failed(
            f"an account that may deploy to the cluster of context {context}",
            "its account may not make a namespace",
            "have it bound to ci/cluster-role.yaml, as that file says; nothing was changed",
        ) from refusal


def _check_ingress_class(context: str) -> None:
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

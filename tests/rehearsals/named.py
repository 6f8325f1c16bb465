"""A cluster that others run: few rights, a registry with a password, classes of other names."""

import json
from collections.abc import Iterator, Mapping

from drills.row import Row
from tests.rehearsals import person, steps
from tests.rehearsals.company import cluster, registry
from tests.rehearsals.company.registry import Registry
from tests.rehearsals.person import Person
from toolchain.process import run as call

NAMESPACE = "mlplatform-dev"
LOGIN = "registry-login"
TEAM = {"CONTEXT": "team"}


def run(variables: Mapping[str, str]) -> Iterator[Row]:
    """From clone to `make down`; the cluster is the company's and stays as it was.

    Args:
        variables: let Minikube take the stand-in for its node image.
    """
    with registry.running() as kept:
        admin = cluster.start(variables, kept)
        hosts = f"{cluster.address()} {cluster.INGRESS_HOST}\n"
        call(["tee", "--append", "/etc/hosts"], timeout=10, stdin=hosts)
        # No Minikube's stand-in: this machine has a kubeconfig and nothing else.
        who = person.settle("kim", {})
        cluster.give_access(admin, who, "default")
        ended = who.make("up", TEAM, steps.EARLY_S)
        yield steps.told("kim: an account without rights", "ci/cluster-role.yaml", ended)
        cluster.give_access(admin, who, "team")
        _log_in(admin, who, kept)
        who.configure(
            {
                "imageRegistry": f"{kept.name}/team/mlplatform",
                "imagePullSecrets": LOGIN,
                "ingressClass": cluster.CLASS,
                "storageClass": "kept",
                "domain": "company.internal",
            }
        )
        yield steps.up(who, "CONTEXT=team make up", TEAM)
        yield steps.up(who, "CONTEXT=team make up again", TEAM)
        yield steps.listed(who, TEAM)
        before = _volumes(admin)
        yield from steps.down(who, TEAM)
        after = _volumes(admin)
        yield Row(
            "kim: volumes with Retain after make down",
            "all kept, for their owner to delete",
            f"{len(after)} of {len(before)}",
            passed=bool(before) and after == before,
        )
        ended = who.make("cluster-down", TEAM)
        yield Row("kim: make cluster-down", "refused", steps.seconds(ended), passed=ended.failed)
        admin.call(["minikube", "delete"])


def _log_in(admin: Person, who: Person, kept: Registry) -> None:
    """The person's own login, by a file, and the one that the nodes pull with."""
    file = who.home / "password"
    file.write_text(kept.password)
    who.call(
        ["sh", "-c", f"docker login --username={kept.user} --password-stdin {kept.name} <{file}"]
    )
    config = (who.home / ".docker/config.json").read_text()
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": LOGIN, "namespace": NAMESPACE},
        "type": "kubernetes.io/dockerconfigjson",
        "stringData": {".dockerconfigjson": config},
    }
    admin.kubectl("apply", "--filename=-", stdin=json.dumps(secret))


def _volumes(admin: Person) -> set[str]:
    return {volume["metadata"]["name"] for volume in admin.get("persistentvolumes")}

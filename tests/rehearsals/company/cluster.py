"""Makes the company's cluster: a Minikube that this project has not made."""

import json
import tempfile
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from cluster import archive, ingress
from tests.rehearsals import person
from tests.rehearsals.company.registry import Registry
from tests.rehearsals.person import Person
from toolchain.paths import ROOT
from toolchain.process import run

NODE = "company"
"""The Minikube profile, hence the node's container."""
CLASS = "company"
INGRESS_HOST = "ingress.company.internal"
STANDARD = "storageclass/standard"
NOT_THE_DEFAULT = "storageclass.kubernetes.io/is-default-class=false"


def start(variables: Mapping[str, str], registry: Registry) -> Person:
    """Start the cluster, and return who administers it.

    Args:
        variables: let Minikube take the stand-in for its node image.
        registry: which its nodes trust.

    Raises:
        Failed: it does not start.
    """
    admin = person.settle("admin", {**variables, "MINIKUBE_PROFILE": NODE})
    admin.call(["minikube", "start", "--wait=all"])
    _trust(registry)
    _serve(admin)
    for objects in (Path(__file__).parent / "objects.yaml", ROOT / "ci/cluster-role.yaml"):
        admin.kubectl("apply", "--filename=-", stdin=objects.read_text())
    admin.kubectl("annotate", "--overwrite", STANDARD, NOT_THE_DEFAULT)
    return admin


def give_access(admin: Person, who: Person, account: str) -> None:
    """Give somebody a kubeconfig of the context `team`.

    Args:
        admin: who administers the cluster.
        who: gets it.
        account: the ServiceAccount whose rights it has.
    """
    server = admin.kubectl("config", "view", "--minify", "--flatten", "--output=json")
    token = admin.kubectl("create", "token", account, "--duration=4h").strip()
    config: dict[str, Any] = json.loads(server)
    config["users"] = [{"name": "team", "user": {"token": token}}]
    cluster = config["clusters"][0]["name"]
    config["contexts"] = [{"name": "team", "context": {"cluster": cluster, "user": "team"}}]
    config["current-context"] = "team"
    file = who.home / ".kube/config"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(config))
    file.chmod(0o600)
    run(["chown", "--recursive", f"{who.name}:", file.parent], timeout=10)


def address() -> str:
    """The node's address."""
    return run(
        ["docker", "inspect", f"--format={{{{.NetworkSettings.Networks.{NODE}.IPAddress}}}}", NODE],
        timeout=10,
    ).strip()


def _trust(registry: Registry) -> None:
    """Let the node find the registry and trust its certificate."""
    place = f"/etc/containerd/certs.d/{registry.name}"
    hosts = f'[host."https://{registry.name}"]\n  ca = "{place}/ca.crt"\n'
    for command, content in (
        (["tee", "--append", "/etc/hosts"], f"{registry.address} {registry.host}\n"),
        (["mkdir", "--parents", place], ""),
        (["tee", f"{place}/hosts.toml"], hosts),
        (["tee", f"{place}/ca.crt"], registry.certificate.read_text()),
    ):
        run(["docker", "exec", "--interactive", NODE, *command], timeout=20, stdin=content)


def _serve(admin: Person) -> None:
    """An ingress controller of another class, with a host name."""
    image = ingress.image()
    with tempfile.TemporaryDirectory() as directory:
        tar = Path(directory) / "traefik.tar"
        archive.write(image, tar)
        run(["docker", "cp", tar, f"{NODE}:/kind/traefik.tar"], timeout=60)
    load = ["ctr", "--namespace=k8s.io", "images", "import", "/kind/traefik.tar"]
    run(["docker", "exec", NODE, *load], timeout=60)
    template = (resources.files(ingress) / "traefik.yaml").read_text()
    documents = list(yaml.safe_load_all(template.replace("${IMAGE}", image.name)))
    for document in documents:
        if document["kind"] == "IngressClass":
            document["metadata"] = {"name": CLASS}
        if document["kind"] == "Deployment":
            container = document["spec"]["template"]["spec"]["containers"][0]
            container["args"] = [_as_the_company_does(word) for word in container["args"]]
    document = "---\n".join(yaml.safe_dump(document) for document in documents)
    admin.kubectl("apply", "--filename=-", stdin=document)


def _as_the_company_does(word: str) -> str:
    name = word.partition("=")[0]
    return {
        "--providers.kubernetesingress.ingressclass": f"{name}={CLASS}",
        "--providers.kubernetesingress.ingressendpoint.ip": (
            f"--providers.kubernetesingress.ingressendpoint.hostname={INGRESS_HOST}"
        ),
    }.get(name, word)

"""Rules on where passwords and keys are."""

import re

from policy.objects import Container, Finding, Objects, containers, name_of, of_kind

MASK = "masked-secret"
"""Stands in a rendered object for what the program holds as a secret."""
_NAMED_LIKE_ONE = re.compile(r"PASSWORD|PASSWD|SECRET|TOKEN|ACCESS_KEY|PRIVATE_KEY|ROOT_USER")
# An AWS access key; a URL with a login; a private key.
_LOOKS_LIKE_ONE = re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b|://[^/\s:@]+:[^/\s@]+@|PRIVATE KEY-----")
_ROOT_OF_THE_STORE = {"minio", "bucket"}


def secrets_are_encrypted_in_the_state(objects: Objects) -> list[Finding]:
    """What a Secret holds is a secret to Pulumi too; of rendered objects, which mask those."""
    return [
        Finding(name_of(one), f"{key} is a plain value")
        for one in of_kind(objects, "Secret")
        for kind in ("data", "stringData")
        for key, value in (one.get(kind) or {}).items()
        if value != MASK
    ]


def variables_refer_to_secrets(objects: Objects) -> list[Finding]:
    """A password or key comes to a container by reference, never as a value."""
    return [
        Finding(one.where, f"{name} stands in the object")
        for one in containers(objects)
        for name, value in one.variables
        if (value and _NAMED_LIKE_ONE.search(name)) or _LOOKS_LIKE_ONE.search(value)
    ]


def arguments_hold_no_secrets(objects: Objects) -> list[Finding]:
    """No secret is an argument, which every user of the node can list."""
    return [
        Finding(one.where, f"has {word} among its arguments")
        for one in containers(objects)
        for word in one.words
        if _LOOKS_LIKE_ONE.search(word) or _expands(one, word)
    ]


def _expands(container: Container, word: str) -> bool:
    """Whether Kubernetes puts the value of a secret variable into a word."""
    secret = {one["name"] for one in container.spec.get("env") or [] if "valueFrom" in one}
    return bool(secret & set(re.findall(r"\$\((\w+)\)", word)))


def configuration_holds_no_secrets(objects: Objects) -> list[Finding]:
    """A ConfigMap holds what everybody may know."""
    return [
        Finding(name_of(one), f"{key} is a secret")
        for one in of_kind(objects, "ConfigMap")
        for key, value in (one.get("data") or {}).items()
        if _NAMED_LIKE_ONE.search(key.upper()) or _LOOKS_LIKE_ONE.search(value)
    ]


def annotations_hold_no_secrets(objects: Objects) -> list[Finding]:
    """What marks an object is for everybody who may list it."""
    return [
        Finding(name_of(one), f"{key} holds a secret")
        for one in objects
        for key, value in (one["metadata"].get("annotations") or {}).items()
        if _LOOKS_LIKE_ONE.search(value)
    ]


def root_of_the_store_stays_there(objects: Objects) -> list[Finding]:
    """Only the store and the Job that fills it know its root; MLflow has a key of its own."""
    return [
        Finding(one.where, f"reads {variable['name']} from the store's root")
        for one in containers(objects)
        if one.pod.labels.get("app.kubernetes.io/name") not in _ROOT_OF_THE_STORE
        for variable in one.spec.get("env") or []
        if variable.get("valueFrom", {}).get("secretKeyRef", {}).get("name") == "minio"
    ]

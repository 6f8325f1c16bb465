"""What Pulumi and the cluster know of a stack: what a client's environment need not say."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cluster.address import PATIENCE_S, ingress_address
from cluster.kubectl import get
from smoke_tests.settings import ADDRESS, OPTIONAL_OUTPUTS, OUTPUTS, PREFIX
from toolchain.paths import ROOT, state_directory
from toolchain.process import run

TIMEOUT_S = 120


def outputs(stack: str | None = None) -> dict[str, Any]:
    """A stack's outputs, secrets included: for environments, never for print.

    Args:
        stack: its name; None for the one that `pulumi stack select` chose.

    Raises:
        toolchain.process.Failed: There is no such stack, or none is selected.
    """
    chosen = [] if stack is None else ["--stack", stack]
    printed = run(
        ["pulumi", "stack", "output", *chosen, "--json", "--show-secrets", "--non-interactive"],
        timeout=TIMEOUT_S,
        cwd=ROOT,
        todo="make the stack first (make up), or choose it: pulumi stack select NAME",
    )
    known = json.loads(printed)
    if "externalS3Secret" in known:
        key = _secret(known, known["externalS3Secret"])
        known["s3AccessKey"] = key.get("AWS_ACCESS_KEY_ID", "")
        known["s3SecretKey"] = key.get("AWS_SECRET_ACCESS_KEY", "")
    if "tlsSecret" in known:
        known["caFile"] = _kept(known, "public", _secret(known, known["tlsSecret"]).get("ca.crt"))
    if "minioHost" in known:
        known["storeCaFile"] = known.get("caFile")
    elif "storeCa" in known:
        known["storeCaFile"] = _kept(known, "store", known["storeCa"])
    if "authSecret" in known:
        known |= _secret(known, known["authSecret"])
    if "models" in known:
        known["models"] = [_with_token(known, model) for model in known["models"]]
    return known


def _kept(known: Mapping[str, Any], kind: str, authority: str | None) -> str | None:
    """A file with what vouches for the stack's servers; None where all clients know it."""
    if not authority:
        return None
    directory = authorities(known["namespace"])
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / f"{kind}.crt"
    file.write_text(authority)
    return str(file)


def authorities(namespace: str) -> Path:
    """Where this machine keeps the certificates of a stack's authorities, which are no secrets."""
    return state_directory() / "authorities" / namespace


def _secret(known: Mapping[str, Any], name: str) -> dict[str, str]:
    """What a Secret of the stack's namespace holds: an output says no more than its name."""
    found = get(known["context"], "secret", name, f"--namespace={known['namespace']}")
    return {
        key: base64.b64decode(text).decode() for one in found for key, text in one["data"].items()
    }


def _with_token(known: Mapping[str, Any], model: Mapping[str, str]) -> dict[str, str | None]:
    """A model that is served, with its token besides the name of the Secret."""
    secret = model.get("tokenSecret")
    return {
        **{name: model[name] for name in ("name", "alias", "url")},
        "token_secret": secret,
        "token": None if secret is None else _secret(known, secret)["token"],
    }


def completed(environment: Mapping[str, str], stack: str | None = None) -> dict[str, str]:
    """Add to an environment what it does not say of a stack.

    Args:
        environment: Usually `os.environ`; what it says stays.
        stack: As for `outputs`.

    Raises:
        toolchain.process.Failed: Something is missing and cannot be found out.
    """
    if {ADDRESS, *OUTPUTS} <= environment.keys():
        return dict(environment)
    known = outputs(stack)
    found = {
        variable: known[name] if isinstance(known[name], str) else json.dumps(known[name])
        for variable, name in (OUTPUTS | OPTIONAL_OUTPUTS).items()
        if known.get(name) is not None
    }
    complete = {**found, **environment}
    if ADDRESS not in complete:
        complete[ADDRESS] = ingress_address(
            complete[f"{PREFIX}CONTEXT"], complete[f"{PREFIX}NAMESPACE"], patience_s=PATIENCE_S
        )
    return complete

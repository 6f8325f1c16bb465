"""One user of MLflow: a password in a Secret of the stack's namespace, and what it may do."""

from __future__ import annotations

import base64
import json
import secrets
from typing import Any

import requests

from cluster.kubectl import get, kubectl
from smoke_tests.client import http_session
from smoke_tests.settings import Settings
from toolchain.process import Failed

# What of MLflow's permissions a role gives on all that others make; None leaves it to the stack's
# authDefaultPermission.
ROLES: dict[str, str | None] = {"user": None, "reader": "READ", "editor": "EDIT", "admin": None}
_KINDS = ("experiment", "registered_model", "prompt", "scorer", "mcp_server")
_USERS = "/api/2.0/mlflow/users"
_PERMISSIONS = "/api/3.0/mlflow/users/permissions"
_PASSWORD_BYTES = 24
_TIMEOUT_S = 20


def secret_name(name: str) -> str:
    """Return the name of the Secret with a user's password."""
    return f"mlflow-user-{name}"


def provide(settings: Settings, name: str, role: str | None, *, new_password: bool) -> bool:
    """Have a user, whose password is in its Secret, and who may do what its role says.

    A password that is good stays, so this may be repeated; no other user is touched.

    Args:
        settings: the stack, with the login of its administrator.
        name: of the user, and the end of its Secret's name.
        role: one of ROLES; None leaves what it may do as it is.
        new_password: whether it gets another password even so.

    Returns:
        Whether the password is another one now.

    Raises:
        Failed: MLflow or the cluster refused.
    """
    admin = http_session(settings)
    exists = _ask(admin, settings, "get", f"{_USERS}/get", {"username": name}, missing=True)
    changed = not exists or new_password or not _is_good(settings, name)
    if changed:
        account = {"username": name, "password": secrets.token_urlsafe(_PASSWORD_BYTES)}
        if exists:
            _ask(admin, settings, "patch", f"{_USERS}/update-password", account)
        else:
            _ask(admin, settings, "post", f"{_USERS}/create", account)
        # If this fails, the next call finds a password that is not good, and makes another.
        _keep(settings, account)
    if role is not None:
        _permit(admin, settings, name, role)
    return changed


def _permit(admin: requests.Session, settings: Settings, name: str, role: str) -> None:
    """Let a user do what its role says, and no more."""
    is_admin = {"username": name, "is_admin": role == "admin"}
    _ask(admin, settings, "patch", f"{_USERS}/update-admin", is_admin)
    for kind in _KINDS:
        every = {"username": name, "resource_type": kind, "resource_id": "*"}
        _ask(admin, settings, "post", f"{_PERMISSIONS}/revoke", every, missing=True)
        if permission := ROLES[role]:
            given = every | {"permission": permission}
            _ask(admin, settings, "post", f"{_PERMISSIONS}/grant", given)


def password_of(settings: Settings, name: str) -> str | None:
    """Return the password in a user's Secret; None where there is none."""
    place = f"--namespace={settings.namespace}"
    for found in get(settings.context, "secret", secret_name(name), place):
        return base64.b64decode(found["data"]["password"]).decode()
    return None


def _is_good(settings: Settings, name: str) -> bool:
    """Whether the user may log in with the password in its Secret."""
    password = password_of(settings, name)
    if password is None:
        return False
    session = http_session(settings)
    session.auth = (name, password)
    answer = session.get(f"{settings.tracking_uri}{_USERS}/current", timeout=_TIMEOUT_S)
    return answer.status_code == requests.codes.ok


def _ask(
    admin: requests.Session,
    settings: Settings,
    method: str,
    path: str,
    content: dict[str, Any],
    *,
    missing: bool = False,
) -> bool:
    """Call MLflow; whether it found what was asked for, which may be `missing`."""
    query, body = (content, None) if method == "get" else (None, content)
    url = f"{settings.tracking_uri}{path}"
    answer = admin.request(method, url, params=query, json=body, timeout=_TIMEOUT_S)
    if missing and answer.status_code == requests.codes.not_found:
        return False
    if answer.status_code != requests.codes.ok:
        raise Failed(
            f"{method.upper()} {path} of MLflow for user {content['username']}",
            f"{answer.status_code}: {answer.text[:300]}",
            "make doctor; is the administrator's password still that of the stack?",
        )
    return True


def _keep(settings: Settings, account: dict[str, str]) -> None:
    """Write the Secret, on the server's side: kubectl's own would annotate it with its content."""
    manifest = {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/basic-auth",
        "metadata": {"name": secret_name(account["username"])},
        "stringData": account,
    }
    kubectl(
        settings.context,
        f"--namespace={settings.namespace}",
        *("apply", "--server-side", "--force-conflicts", "--filename=-"),
        stdin=json.dumps(manifest),
    )

"""Make a user of the stack that the smoke tests' variables name: NAME=alice python -m accounts."""

from __future__ import annotations

import os
import re
import sys

from accounts.account import ROLES, password_of, provide, secret_name
from smoke_tests.network import resolve
from smoke_tests.settings import Settings, load_settings
from toolchain.process import Failed

# The end of a Secret's name.
_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,48}[a-z0-9])?")
# Programs of the stack, whose passwords the migration Job sets.
_OWN = "mlplatform-"


def main() -> None:
    """Make the user, and say where its password is."""
    name, role = os.environ.get("NAME", ""), os.environ.get("ROLE") or None
    settings = load_settings(os.environ)
    _require(settings, name, role)
    with resolve(settings.hosts, settings.ingress_address):
        changed = provide(settings, name, role, new_password=bool(os.environ.get("ROTATE")))
    does = "has a new password" if changed else "keeps its password"
    print(f"{role or 'user'} {name} of {settings.tracking_uri} {does}, which is in the Secret")
    print(f"{secret_name(name)} of namespace {settings.namespace}")
    if os.environ.get("SHOW_SECRETS"):
        print(f"export MLFLOW_TRACKING_USERNAME={name}")
        print(f"export MLFLOW_TRACKING_PASSWORD={password_of(settings, name)}")


def _require(settings: Settings, name: str, role: str | None) -> None:
    """Refuse what cannot be a user before anything is asked.

    Raises:
        Failed: says why.
    """
    if settings.login is None:
        todo = "make up AUTH=1, or pulumi config set auth true"
        raise Failed("a stack that asks for passwords", "auth is off", todo)
    if name == settings.login[0] or name.startswith(_OWN):
        todo = "another name; for the administrator pulumi config set --secret authAdminPassword"
        raise Failed("the name of a user", f"NAME={name}, whose password is the stack's", todo)
    if not _NAME.fullmatch(name):
        todo = "lower-case letters, digits, inner dots and hyphens, at most 50: NAME=alice"
        raise Failed("the name of a user", f"NAME={name}", todo)
    if role is not None and role not in ROLES:
        raise Failed("a role", f"ROLE={role}", f"choose one of {', '.join(ROLES)}")


try:
    main()
except Failed as failure:
    sys.exit(f"\n{failure}")

"""Refuses another MLflow on a stack with data worth keeping, while there is no way back."""

import os
import re
from datetime import UTC, datetime, timedelta

from mlplatform.existing import Existing
from mlplatform.problems import Problem, SettingsError
from mlplatform.settings import Settings

WITHOUT_BACKUP = "WITHOUT_BACKUP"
"""Environment variable: a consent is for one time, and a setting would stay."""
_FRESH = timedelta(hours=24)
_VERSION = re.compile(r":v?(\d+)\.(\d+)")


def refuse(settings: Settings, existing: Existing, image: str) -> None:
    """Hold another image of MLflow against what the stack has.

    Args:
        settings: the settings of the stack.
        existing: what the cluster has.
        image: image of MLflow that is wanted.

    Raises:
        SettingsError: data could be lost; nothing was changed yet.
    """
    # Between `make down` and `make up` the data of a durable stack has no servers.
    before = existing.kept_for if existing.mlflow_image is None else existing.mlflow_image
    kept = existing.durable or not settings.ephemeral
    if before in (None, image) or not kept:
        return
    if _version(image) < _version(before):
        raise SettingsError(settings.stack, [_older(image, before)])
    if not os.environ.get(WITHOUT_BACKUP) and not _is_fresh(existing.backed_up_at):
        raise SettingsError(settings.stack, [_without_backup(settings, existing, image, before)])


def _version(image: str) -> tuple[int, ...]:
    """Major and minor; no version at all is taken for a newer one, and migrates or says why not."""
    found = _VERSION.search(image)
    return (9999,) if found is None else (int(found[1]), int(found[2]))


def _is_fresh(backed_up_at: datetime | None) -> bool:
    return backed_up_at is not None and datetime.now(UTC) - backed_up_at < _FRESH


def _older(image: str, before: str) -> Problem:
    return Problem(
        key="mlflowImage",
        got=f"'{image}', while the data is of '{before}': an older MLflow cannot read its schema",
        want=f"the same version or a newer one, such as '{before}'",
        hint="to go back: `make restore` a backup of before the upgrade into a new stack",
    )


def _without_backup(settings: Settings, existing: Existing, image: str, before: str) -> Problem:
    last = existing.backed_up_at
    return Problem(
        key="mlflowImage",
        got=f"'{image}', while the data is of '{before}' and the last backup is "
        + ("absent" if last is None else f"of {last:%Y-%m-%d %H:%M} UTC"),
        want="a backup of the last 24 h before a migration",
        hint=("" if existing.runs else f"first set mlflowImage to '{before}' and make up; ")
        + f"do: {_how_to_back_up(settings)}; or go without one, this one time: "
        f"{WITHOUT_BACKUP}=yes make up STACK={settings.stack}",
    )


def _how_to_back_up(settings: Settings) -> str:
    if settings.external_postgres is None:
        return f"make backup STACK={settings.stack} TO=DIR"
    return "back up externalPostgres where it runs, then go on as if without one"

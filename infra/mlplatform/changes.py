"""Refuses what would lose what a stack holds, or cannot work here, before anything is touched.

The table in README.md has a row for every setting.
"""

from mlplatform import architecture, clashes, names, references, tls_check
from mlplatform.existing import Claim, Existing
from mlplatform.problems import Problem, SettingsError
from mlplatform.settings import Settings
from mlplatform.values import bytes_of

_ANEW = "`make backup`, `make down`, `make up` with the change, `make restore`"


def refuse(settings: Settings, existing: Existing) -> None:
    """Hold the settings against what the cluster has.

    Args:
        settings: the settings of the stack.
        existing: what the cluster has.

    Raises:
        SettingsError: something would be lost, or is another's; nothing has been created yet.
    """
    problems = [
        *clashes.host_problems(settings, existing.hosts),
        *references.problems(settings, existing),
        *architecture.problems(settings, existing.nodes),
        *_moves(settings, existing),
        *_store_problems(settings, existing),
        *_class_problems(settings, existing),
        *_artifact_problems(settings, existing),
        *_volume_problems(settings, existing, names.POSTGRES, settings.postgres_storage),
        *_volume_problems(settings, existing, names.MINIO, settings.minio_storage),
        *_backup_problems(settings, existing),
        *_prometheus_problems(settings, existing),
        *tls_check.problems(settings, existing),
    ]
    if problems:
        raise SettingsError(settings.stack, problems)


def _moves(settings: Settings, existing: Existing) -> list[Problem]:
    """Data that would stay behind, in the stack's own servers or in those of others."""
    keys = {names.POSTGRES: "externalPostgres", names.MINIO: "externalS3"}
    here = {part for part in keys if existing.claims_of(part)}
    return [
        Problem(
            key=keys[part],
            got="another place than that which holds the stack's data",
            want="auto" if part in here else "the server that it has",
            hint=f"to move: {_ANEW}",
        )
        for part in keys
        if part in (here & settings.external) | (existing.external - settings.external)
    ]


def _store_problems(settings: Settings, existing: Existing) -> list[Problem]:
    """A store finds nothing on the volume of another, and would begin anew beside it."""
    if not existing.claims_of(names.MINIO) or existing.store in (None, settings.store):
        return []
    return [
        Problem(
            key="store",
            got=f"'{settings.store}', while the volume is of {existing.store}",
            want=f"'{existing.store}'",
            hint=f"for another: {_ANEW}",
        )
    ]


def _class_problems(settings: Settings, existing: Existing) -> list[Problem]:
    """A class that does not exist: its objects would wait for ever, and nothing would say so."""
    chosen = {
        "ingressClass": (
            settings.ingress_class if settings.gateway is None else None,
            existing.classes.get("IngressClass"),
        ),
        "storageClass": (settings.storage_class, existing.classes.get("StorageClass")),
    }
    return [
        Problem(
            key=key,
            got=f"'{name}', which the cluster does not have",
            want="a class that it has",
            hint=f"it has {', '.join(there)}",
        )
        for key, (name, there) in chosen.items()
        if name is not None and there and name not in there
    ]


def _artifact_problems(settings: Settings, existing: Existing) -> list[Problem]:
    """MLflow fixes where artifacts are when an experiment is made, and cannot move it.

    `proxied` and `presigned` share a place.
    """
    made, wanted = existing.artifacts, settings.artifacts
    if made in (None, wanted) or "direct" not in (made, wanted):
        return []
    if not (existing.claims or existing.external):
        return []
    return [
        Problem(
            key="artifacts",
            got=f"'{wanted}' for a stack made with '{made}': its artifacts would be out of reach",
            want=f"'{made}', as long as the stack has its volumes",
            hint="another way needs a stack of its own: STACK=...",
        )
    ]


def _backup_problems(settings: Settings, existing: Existing) -> list[Problem]:
    """A volume with backups that the stack makes no more of is left as it is."""
    if settings.backup_schedule is None or settings.backup_to is not None:
        return []
    return _volume_problems(settings, existing, names.BACKUP, settings.backup_storage)


def _prometheus_problems(settings: Settings, existing: Existing) -> list[Problem]:
    """A volume of a Prometheus that the stack has no more is left as it is."""
    if not settings.has_prometheus:
        return []
    return _volume_problems(settings, existing, names.PROMETHEUS, settings.prometheus_storage)


def _volume_problems(
    settings: Settings, existing: Existing, part: str, storage: str
) -> list[Problem]:
    claims = existing.claims_of(part)
    if len(claims) > 1:
        unused = f"kubectl --context={settings.context} --namespace="
        unused += f"{names.namespace(settings.stack)} label pvc NAME {names.PART}-"
        return [
            Problem(
                key=f"{part}Storage",
                got=f"more than one volume: {', '.join(claim.name for claim in claims)}",
                want="one, to know where the data is",
                hint=f"for each of the others: {unused}",
            )
        ]
    return [
        problem
        for claim in claims
        for problem in (_class_problem(settings, claim), _size_problem(existing, claim, storage))
        if problem is not None
    ]


def _class_problem(settings: Settings, claim: Claim) -> Problem | None:
    if settings.storage_class in (None, claim.storage_class):
        return None
    return Problem(
        key="storageClass",
        got=f"'{settings.storage_class}', while volume {claim.name} is of '{claim.storage_class}'",
        want=f"'{claim.storage_class}' or auto: a volume cannot change its class",
        hint=f"for another: {_ANEW}",
    )


def _size_problem(existing: Existing, claim: Claim, storage: str) -> Problem | None:
    wanted, there = bytes_of(storage), bytes_of(claim.size)
    if wanted is None or there is None or wanted == there:
        return None
    if wanted < there:
        want = f"at least {claim.size}: a volume cannot shrink"
    elif not existing.expands(claim.storage_class):
        want = f"{claim.size}: StorageClass {claim.storage_class} does not let volumes grow"
    else:
        return None
    return Problem(
        key=f"{claim.part}Storage",
        got=f"'{storage}', while volume {claim.name} has {claim.size}",
        want=want,
        hint=f"for another size: {_ANEW}",
    )

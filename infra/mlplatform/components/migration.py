"""The schema of MLflow's database, brought up to date once, while no server runs."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from mlplatform import names
from mlplatform.backends import Database
from mlplatform.components.auth import Auth
from mlplatform.jobs import preparation_job
from mlplatform.placement import Placement
from mlplatform.quiesced import Quiesced


@dataclass(frozen=True, kw_only=True)
class MigrationArgs:
    """Arguments of `Migration`.

    Attributes:
        placement: the stack it belongs to.
        context: kubeconfig context of the cluster.
        image: image of MLflow, whose schema it is.
        running_image: image of the servers that run; None where there are none.
        database: the database.
        auth: who its users are; None where nobody logs in.
        artifact_root: where the first experiment keeps its artifacts, as clients see it.
        after: what must have gone well before servers of another image are stopped.
        awaited: as for `preparation_job`.
        suspended: the same: servers of a new stack migrate its empty database themselves.
    """

    placement: Placement
    context: str
    image: str
    running_image: str | None
    database: Database
    auth: Auth | None
    artifact_root: str
    after: Sequence[pulumi.Resource]
    awaited: bool
    suspended: bool


class Migration(pulumi.ComponentResource):
    """A Job that upgrades the schema and makes the first experiment, once other servers have gone.

    Two servers that start on an empty database break each other's schema, and two versions each
    other's data; servers start after this, or wait for it themselves, or do the same
    one after the other.

    Attributes:
        quiesced: the moment before it, at which no server of another image runs.
    """

    quiesced: Quiesced

    def __init__(
        self, name: str, args: MigrationArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the Job.

        Args:
            name: name of the component.
            args: what to migrate.
            opts: options of the component; its provider is that of the Job.
        """
        super().__init__("mlplatform:index:Migration", name, None, opts)
        auth = args.auth
        self.quiesced = Quiesced(
            f"{name}-quiesced",
            context=args.context,
            stack=args.placement.stack,
            namespace=args.placement.namespace,
            image=args.image,
            running_image=args.running_image,
            opts=pulumi.ResourceOptions(parent=self, depends_on=args.after),
        )
        preparation_job(
            f"{name}-job",
            names.MIGRATION_JOB,
            args.placement,
            image=args.image,
            module="mlplatform_server.migration",
            secrets=[
                *args.database.variables,
                *([*auth.variables, *auth.passwords] if auth else []),
            ],
            environment={
                "MLFLOW_DISABLE_TELEMETRY": "true",
                "MLPLATFORM_ARTIFACT_ROOT": args.artifact_root,
                "MLPLATFORM_PREVIOUS_IMAGE": self.quiesced.previous_image,
            },
            fingerprints={
                **args.database.fingerprints,
                **(auth.fingerprints if auth else {}),
            },
            files=auth.volume if auth else None,
            # It grows with the data, and to end it half-way gains nothing: it would start anew.
            deadline_seconds=None,
            awaited=args.awaited,
            suspended=args.suspended,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})

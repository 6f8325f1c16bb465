"""The schema of MLflow's database, brought up to date once, before any server starts."""

from dataclasses import dataclass

import pulumi

from mlplatform import names
from mlplatform.jobs import preparation_job
from mlplatform.placement import Placement
from mlplatform.secret_objects import SecretReference


@dataclass(frozen=True, kw_only=True)
class MigrationArgs:
    """Arguments of `Migration`.

    Attributes:
        placement: the stack it belongs to.
        image: image of MLflow, whose schema it is.
        backend_store: the Secret that holds the URI of the database under `uri`.
        artifact_root: where the first experiment keeps its artifacts, as clients see it.
    """

    placement: Placement
    image: str
    backend_store: SecretReference
    artifact_root: str


class Migration(pulumi.ComponentResource):
    """A Job that upgrades the schema and makes the first experiment.

    Two servers that start on an empty database break each other's schema; they start after this.

    Attributes:
        done: name of the Job, known once it has completed.
    """

    done: pulumi.Output[str]

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
        job = preparation_job(
            f"{name}-job",
            names.MIGRATION_JOB,
            args.placement,
            image=args.image,
            module="mlplatform_server.migration",
            secrets=[args.backend_store.variable("MLFLOW_BACKEND_STORE_URI", key="uri")],
            environment={
                "MLFLOW_DISABLE_TELEMETRY": "true",
                "MLPLATFORM_ARTIFACT_ROOT": args.artifact_root,
            },
            fingerprints={"backend-store": args.backend_store.fingerprint},
            # The time grows with the data, and a durable stack may have years of it.
            deadline_seconds=35 if args.placement.ephemeral else 3600,
            parent=self,
        )
        self.done = job.metadata.name
        self.register_outputs({"done": self.done})

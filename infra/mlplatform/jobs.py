"""Jobs that prepare something before MLflow starts."""

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_kubernetes.batch.v1 import Job, JobSpecArgs
from pulumi_kubernetes.core.v1 import ContainerArgs, EnvVarArgs

from mlplatform import names, pods
from mlplatform.placement import Placement
from mlplatform.timeouts import timeouts

_SCRATCH = pods.ScratchVolume(name="tmp", path="/tmp", size="64Mi")


def preparation_job(
    name: str,
    part: str,
    placement: Placement,
    *,
    image: str,
    module: str,
    secrets: Sequence[EnvVarArgs],
    environment: Mapping[str, str],
    follows: Mapping[str, pulumi.Input[str]],
    parent: pulumi.Resource,
) -> Job:
    """Declare a Job that runs a module of our MLflow image, and again whenever its inputs change.

    It is started beside the servers it needs: the module waits for them.

    The Job itself gives up after a while, because the provider cannot be relied on to: it counts its
    timeout anew after each event of the pod, and a pod that keeps failing has many. Only a durable
    migration is left the time it needs, which grows with the data.

    Args:
        name: name of the resource.
        part: the part of the stack that it is.
        placement: the stack.
        image: image of MLflow.
        module: Python module, harmless to run again.
        secrets: environment variables from Secrets.
        environment: public environment variables.
        follows: what the Job has to run again after, by name: versions of the Secrets it reads.
        parent: the component that needs it.
    """
    command = ["python", "-m", module]
    public = {"HOME": _SCRATCH.path, "TMPDIR": _SCRATCH.path, **environment}
    container = ContainerArgs(
        name=part,
        image=image,
        image_pull_policy="IfNotPresent",
        command=command,
        env=[*secrets, *pods.variables(public)],
        resources=pods.resources(cpu="50m", memory="192Mi", memory_limit="512Mi"),
        security_context=pods.security_context(),
        volume_mounts=[_SCRATCH.mount()],
    )
    job_name = names.job(part, {"image": image, "command": command, "environment": public})
    return Job(
        name,
        # A Job that failed stays failed, so the next update has to make it anew.
        metadata=placement.metadata(part, job_name, {"pulumi.com/replaceUnready": "true"}),
        # No ttlSecondsAfterFinished: a Job that removes itself shows up as drift.
        spec=JobSpecArgs(
            active_deadline_seconds=300,
            backoff_limit=3,
            template=pods.pod_template(
                part=part,
                placement=placement,
                container=container,
                volumes=[_SCRATCH.volume()],
                grace_seconds=2,  # Python ignores SIGTERM when it is process 1.
                follows=follows,
                restart_policy="Never",
            ),
        ),
        opts=pulumi.ResourceOptions(parent=parent, custom_timeouts=timeouts(30, image)),
    )

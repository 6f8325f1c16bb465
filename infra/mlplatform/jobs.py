"""Jobs: those that prepare something before MLflow starts, and those on a schedule."""

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_kubernetes.batch.v1 import (
    CronJob,
    CronJobSpecArgs,
    Job,
    JobSpecArgs,
    JobTemplateSpecArgs,
    PodFailurePolicyArgs,
    PodFailurePolicyOnExitCodesRequirementArgs,
    PodFailurePolicyRuleArgs,
)
from pulumi_kubernetes.core.v1 import ContainerArgs, EnvVarArgs, VolumeArgs

from mlplatform import pods
from mlplatform.placement import SKIP_AWAIT, Placement
from mlplatform.timeouts import seconds_to_wait, timeouts

_SCRATCH = pods.ScratchVolume(name="tmp", path="/tmp", size="64Mi")
# A Job that has failed stays so: the next update makes it anew.
_MADE_ANEW = {"pulumi.com/replaceUnready": "true"}
_FAILED_FOR_GOOD = 3  # In our image: mlplatform_server/waiting.py.


def preparation_job(
    name: str,
    part: str,
    placement: Placement,
    *,
    image: str,
    module: str,
    secrets: Sequence[EnvVarArgs],
    environment: Mapping[str, pulumi.Input[str]],
    fingerprints: Mapping[str, pulumi.Input[str]],
    deadline_seconds: int | None,
    awaited: bool = True,
    suspended: bool = False,
    files: pods.SecretVolume | None = None,
    opts: pulumi.ResourceOptions,
) -> Job:
    """Declare a Job that runs a module of our MLflow image, and again whenever its inputs change.

    It is started beside the servers it needs: the module waits for them.

    The Job itself gives up, which ends the provider's wait at once. That alone could last long: it
    counts its timeout anew with every event of a pod, and pods that keep failing have many.

    Args:
        name: name of the resource.
        part: the part of the stack that it is.
        placement: the stack.
        image: image of MLflow.
        module: Python module, harmless to run again.
        secrets: environment variables from Secrets.
        environment: public environment variables.
        fingerprints: fingerprints of the Secrets it reads, by name.
        deadline_seconds: time to complete with the image present; None for what no clock may end.
        awaited: whether it is part of the update; otherwise the servers that need it wait for it.
            Kubernetes notes two seconds late that a Job has ended.
        suspended: whether it is left to those servers, and only there to be run another time.
        files: files from a Secret.
        opts: options of the Job: the component that needs it, what comes before it.
    """
    command = ["python", "-m", module]
    volumes = [_SCRATCH, *([] if files is None else [files])]
    public = {"HOME": _SCRATCH.path, "TMPDIR": _SCRATCH.path, **environment}
    container = ContainerArgs(
        name=part,
        image=image,
        image_pull_policy="IfNotPresent",
        command=command,
        env=[*secrets, *pods.variables(public)],
        resources=pods.resources(cpu="50m", memory="192Mi", memory_limit="512Mi"),
        security_context=pods.security_context(),
        termination_message_policy=pods.TERMINATION_MESSAGE,
        volume_mounts=[volume.mount() for volume in volumes],
    )
    return Job(
        name,
        metadata=placement.metadata(
            part,
            # A Job cannot be changed. With a name of the provider's making, the next one can run
            # before the last one goes, and what depends on it is updated instead of replaced.
            name=None,
            annotations=({} if suspended else _MADE_ANEW) | ({} if awaited else SKIP_AWAIT),
            has_pods=True,
        ),
        # No ttlSecondsAfterFinished: a Job that removes itself shows up as drift.
        spec=JobSpecArgs(
            active_deadline_seconds=deadline_seconds and seconds_to_wait(deadline_seconds, image),
            suspend=suspended or None,
            backoff_limit=3,
            pod_failure_policy=PodFailurePolicyArgs(
                rules=[
                    PodFailurePolicyRuleArgs(
                        action="FailJob",
                        on_exit_codes=PodFailurePolicyOnExitCodesRequirementArgs(
                            container_name=part, operator="In", values=[_FAILED_FOR_GOOD]
                        ),
                    )
                ]
            ),
            template=pods.pod_template(
                part=part,
                placement=placement,
                container=container,
                volumes=[volume.volume() for volume in volumes],
                grace_seconds=2,  # Python ignores SIGTERM when it is process 1.
                replaced_with=fingerprints,
                restart_policy="Never",
            ),
        ),
        opts=pulumi.ResourceOptions.merge(
            opts,
            pulumi.ResourceOptions(
                # The provider gives up after the Job has, if it has to at all.
                custom_timeouts=timeouts(deadline_seconds and deadline_seconds + 10, image)
            ),
        ),
    )


def scheduled_job(
    name: str,
    part: str,
    placement: Placement,
    *,
    schedule: str,
    deadline_seconds: int,
    container: ContainerArgs,
    init_containers: Sequence[ContainerArgs] = (),
    volumes: Sequence[VolumeArgs],
    account: pulumi.Input[str] | None = None,
    opts: pulumi.ResourceOptions,
) -> CronJob:
    """Declare a Job that runs again and again, one at a time.

    Args:
        name: name of the resource.
        part: the part of the stack that it is, and its name.
        placement: the stack.
        schedule: when, as cron writes it, in UTC.
        deadline_seconds: time to complete, with all tries.
        container: what it runs.
        init_containers: what runs before that.
        volumes: what they mount.
        account: as for `pods.pod_template`.
        opts: options of the CronJob: the component that needs it.
    """
    template = pods.pod_template(
        part=part,
        placement=placement,
        container=container,
        init_containers=init_containers or None,
        volumes=volumes,
        grace_seconds=2,  # Python ignores SIGTERM when it is process 1.
        replaced_with={},
        restart_policy="Never",
        account=account,
    )
    job = JobSpecArgs(active_deadline_seconds=deadline_seconds, backoff_limit=2, template=template)
    return CronJob(
        name,
        metadata=placement.metadata(part, part, has_pods=True),
        spec=CronJobSpecArgs(
            schedule=schedule,
            time_zone="Etc/UTC",
            concurrency_policy="Forbid",
            successful_jobs_history_limit=1,
            failed_jobs_history_limit=1,
            job_template=JobTemplateSpecArgs(spec=job),
        ),
        opts=opts,
    )

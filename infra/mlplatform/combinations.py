"""Values that are good by themselves and cannot be had together."""

from collections.abc import Mapping
from typing import Any

from mlplatform import names, server, tls_combinations, values
from mlplatform.problems import Problem


def problems(read: Mapping[str, Any], hosts: names.Hosts) -> list[Problem]:
    """Hold the values of a configuration against each other.

    Args:
        read: values by key; None also for one that was refused by itself.
        hosts: the hosts that follow from them.
    """
    return [
        *_host_problems(hosts),
        *_model_host_problems(read, hosts),
        *_job_problems(read),
        *_backup_problems(read),
        *_external_problems(read),
        *_replica_problems(read),
        *_publication_problems(read),
        *tls_combinations.problems(read),
    ]


def _host_problems(hosts: names.Hosts) -> list[Problem]:
    if hosts.mlflow != hosts.minio:
        return []
    return [
        Problem(
            key="minioHost",
            got=f"'{hosts.minio}', which is also the host of MLflow",
            want="two different hosts",
            hint=f"example: s3.{hosts.minio}",
        )
    ]


def _model_host_problems(read: Mapping[str, Any], hosts: names.Hosts) -> list[Problem]:
    return [
        Problem(
            key="models",
            got=f"'{model.host}', which is also another host of the stack",
            want="a host of the model's own, or none",
            hint=f"example: host: {model.path}.{model.host}",
        )
        for model in read["models"] or ()
        if model.host in (hosts.mlflow, hosts.minio, hosts.models)
    ]


def _job_problems(read: Mapping[str, Any]) -> list[Problem]:
    """What keeps a pod from running MLflow's jobs, each of them once."""
    if "jobs" not in (read["mlflowFeatures"] or ()):
        return []
    problems = []
    memory, needed = read["mlflowMemory"] or server.JOBS_MEMORY, server.JOBS_MEMORY
    if (values.bytes_of(memory) or 0) < (values.bytes_of(needed) or 0):
        problems.append(
            Problem(
                key="mlflowMemory",
                got=f"'{memory}', with jobs among mlflowFeatures",
                want=f"at least {needed}: nine processes more",
                hint=f"example: {needed}",
            )
        )
    for key in ("replicas", "maxReplicas"):
        if (read[key] or 1) == 1:
            continue
        problems.append(
            Problem(
                key=key,
                got=f"'{read[key]}', with jobs among mlflowFeatures",
                want="1: every pod would take up the jobs of all",
                hint="example: 1",
            )
        )
    return problems


def _backup_problems(read: Mapping[str, Any]) -> list[Problem]:
    """What keeps a schedule from having a place that backups can go to, and stay at."""
    if read["backupSchedule"] is None:
        return []
    if read["backupTo"] is None and read["ephemeral"]:
        return [
            Problem(
                key="backupTo",
                got="a volume, which goes with an ephemeral stack",
                want="a place that stays, or a durable stack",
                hint="example: s3://bucket/prefix, or pulumi config set ephemeral false",
            )
        ]
    if read["backupTo"] is None:
        return []
    return [
        Problem(
            key=key,
            got="no key",
            want=f"the key for {read['backupTo']}",
            hint=f"example: pulumi config set --secret {key}",
        )
        for key in ("backupAccessKey", "backupSecretKey")
        if read[key] is None
    ]


def _external_problems(read: Mapping[str, Any]) -> list[Problem]:
    """A server cannot be known by a certificate that nobody vouches for."""
    verifies = read["externalPostgresTls"] == "verify-full"
    if read["externalPostgres"] is None or not verifies or read["caBundle"] is not None:
        return []
    return [
        Problem(
            key="caBundle",
            got="none, with externalPostgresTls verify-full",
            want="the ConfigMap with the certificates that the database's is checked against",
            hint="example: company-ca; or externalPostgresTls require, which checks nothing",
        )
    ]


def _replica_problems(read: Mapping[str, Any]) -> list[Problem]:
    fewest, most = read["replicas"] or 1, read["maxReplicas"]
    if most is None or most >= fewest:
        return []
    return [
        Problem(
            key="maxReplicas",
            got=f"'{most}', with replicas {fewest}",
            want="at least as many: replicas is the lower bound then",
            hint=f"example: {fewest + 1}",
        )
    ]


def _publication_problems(read: Mapping[str, Any]) -> list[Problem]:
    """Clients that go to the store themselves must be able to."""
    if read["minioPublished"] is not False or read["artifacts"] in (None, "proxied"):
        return []
    return [
        Problem(
            key="minioPublished",
            got=f"'false', with artifacts {read['artifacts']}",
            want="true: its clients go to the store themselves",
            hint="or artifacts proxied, with which only MLflow does",
        )
    ]

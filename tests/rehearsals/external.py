"""presets/production.yaml: a stack on a Postgres and an S3 store that it does not own, by TLS."""

import json
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import boto3
import psycopg2
import yaml

from drills.row import Row
from smoke_tests.wait import wait_until
from tests.processes import minio_program, postgres_programs
from tests.rehearsals import certificate, person, steps
from tests.rehearsals.certificate import Certificate
from tests.rehearsals.isolation import INSIDE
from tests.rehearsals.person import Person
from toolchain.paths import ROOT

DATABASE_PORT, STORE_PORT = 5432, 9000
STACK = {"STACK": "production"}
NAMESPACE = "mlplatform-production"
PRESET: dict[str, str] = yaml.safe_load((ROOT / "presets/production.yaml").read_text())["config"]
HERE = {
    "mlplatform:imageRegistry": "localhost/mlplatform",
    "mlplatform:ingressClass": "traefik",
    "mlplatform:externalPostgres": f"{INSIDE}:{DATABASE_PORT}",
    "mlplatform:externalS3": f"https://{INSIDE}:{STORE_PORT}",
}
"""What is changed of the preset: where everything is."""
BUCKET, REGION = (PRESET[f"mlplatform:externalS3{name}"] for name in ("Bucket", "Region"))
USER = "mlflow"


@dataclass(frozen=True)
class Outside:
    """What the stack is given: addresses, logins and the authority of both servers."""

    authority: Path
    password: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        """Ask the database, with its certificate checked."""
        with psycopg2.connect(
            host=INSIDE,
            port=DATABASE_PORT,
            dbname=USER,
            user=USER,
            password=self.password,
            sslmode="verify-full",
            sslrootcert=str(self.authority),
        ) as connection:
            cursor = connection.cursor()
            cursor.execute(statement)
            return cursor.fetchall()

    def objects(self) -> int:
        """How many objects the first page of the bucket has."""
        client = boto3.client(
            "s3",
            endpoint_url=f"https://{INSIDE}:{STORE_PORT}",
            aws_access_key_id=USER,
            aws_secret_access_key=self.password,
            verify=str(self.authority),
            region_name=REGION,
        )
        if not client.list_buckets()["Buckets"]:
            place = {"LocationConstraint": REGION}
            client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
        return client.list_objects_v2(Bucket=BUCKET)["KeyCount"]


def run(variables: Mapping[str, str]) -> Iterator[Row]:
    """From clone to `make cluster-down`.

    Args:
        variables: let Minikube take the stand-in for its node image.
    """
    who = person.settle("ida", variables)
    with _servers() as outside:
        who.make("cluster")
        who.write("Pulumi.production.yaml", yaml.safe_dump({"config": PRESET | HERE}))
        _hand_over(who, outside)
        # The smoke tests ask the store themselves, from this machine.
        bundle = who.home / "ca.crt"
        shutil.copy(outside.authority, bundle)
        trusting = STACK | {"AWS_CA_BUNDLE": str(bundle)}
        yield steps.up(who, "make up, the preset on a Postgres and an S3 of others", trusting)
        encrypted = outside.rows(
            "select count(*) from pg_stat_ssl where ssl and pid <> pg_backend_pid()"
        )
        yield Row(
            "ida: connections of MLflow", "encrypted", f"{encrypted[0][0]}", encrypted[0] > (0,)
        )
        own = {pod["metadata"]["name"] for pod in who.get("pods", f"--namespace={NAMESPACE}")}
        servers = [name for name in own if name.startswith(("postgres", "minio"))]
        yield Row("ida: pods of Postgres and MinIO", "none", f"{len(servers)}", passed=not servers)
        yield steps.up(who, "make up again", trusting)
        yield from steps.down(who, STACK)
        runs, objects = outside.rows("select count(*) from experiments")[0][0], outside.objects()
        yield Row(
            "ida: what the others hold after make down",
            "is there",
            f"{runs} experiments, {objects} objects",
            passed=bool(runs),
        )
    yield from steps.cluster_down(who)


def _hand_over(who: Person, outside: Outside) -> None:
    """Give the stack what the README says that it needs."""
    logins = {
        "external-postgres": {"username": USER, "password": outside.password},
        "external-s3": {"AWS_ACCESS_KEY_ID": USER, "AWS_SECRET_ACCESS_KEY": outside.password},
        # No registry is asked: the images are on the node.
        PRESET["mlplatform:imagePullSecrets"]: {".dockerconfigjson": '{"auths": {}}'},
    }
    objects = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
        {
            "apiVersion": "scheduling.k8s.io/v1",
            "kind": "PriorityClass",
            "metadata": {"name": PRESET["mlplatform:priorityClass"]},
            "value": 1000,
        },
        *(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": name, "namespace": NAMESPACE},
                "stringData": login,
            }
            for name, login in logins.items()
        ),
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "company-ca", "namespace": NAMESPACE},
            "data": {"ca.crt": outside.authority.read_text()},
        },
    ]
    document = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
    who.kubectl("apply", "--filename=-", stdin=document)


@contextmanager
def _servers() -> Iterator[Outside]:
    """Programs of this machine, at an address that pods reach too."""
    with tempfile.TemporaryDirectory() as directory:
        issued = certificate.issue(Path(directory), f"IP:{INSIDE}")
        outside = Outside(issued.public)
        with _postgres(issued, outside.password), _store(issued, outside):
            yield outside


@contextmanager
def _postgres(issued: Certificate, password: str) -> Iterator[None]:
    with postgres_programs() as programs:
        data, key = programs.home / "data", programs.home / "private.key"
        login = programs.home / "password"
        login.write_text(password)
        shutil.copy(issued.public, programs.home)
        shutil.copy(issued.private, key)
        for file in (key, login):
            os.chown(file, programs.identity["user"], programs.identity["group"])
            file.chmod(0o600)
        programs.run(
            "initdb",
            f"--pgdata={data}",
            f"--username={USER}",
            f"--pwfile={login}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--no-locale",
        )
        (data / "pg_hba.conf").write_text("hostssl all all 0.0.0.0/0 scram-sha-256\n")
        settings = {
            "listen_addresses": "*",
            "port": DATABASE_PORT,
            "unix_socket_directories": programs.home,
            "ssl": "on",
            "ssl_cert_file": programs.home / issued.public.name,
            "ssl_key_file": key,
        }
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        log = programs.home / "log"
        programs.run("pg_ctl", "start", f"--pgdata={data}", f"--options={options}", f"--log={log}")
        try:
            connection = psycopg2.connect(
                host=INSIDE, port=DATABASE_PORT, dbname="postgres", user=USER, password=password
            )
            connection.autocommit = True
            for database in (USER, f"{USER}_auth"):
                connection.cursor().execute(f"CREATE DATABASE {database}")
            connection.close()
            yield
        finally:
            programs.run("pg_ctl", "stop", f"--pgdata={data}", "--mode=immediate")


@contextmanager
def _store(issued: Certificate, outside: Outside) -> Iterator[None]:
    program = minio_program()
    assert program is not None, "MinIO is lent to every person of a rehearsal"
    with tempfile.TemporaryDirectory() as directory:
        command = [program, "server", f"{directory}/data", f"--address=:{STORE_PORT}"]
        environment = {
            "HOME": directory,
            "MINIO_BROWSER": "off",
            "MINIO_UPDATE": "off",
            "MINIO_SITE_REGION": REGION,
            "MINIO_ROOT_USER": USER,
            "MINIO_ROOT_PASSWORD": outside.password,
        }
        with (Path(directory) / "log").open("w") as log:
            process = subprocess.Popen(
                [*command, f"--certs-dir={issued.public.parent}"],
                env=environment,
                stdout=log,
                stderr=log,
            )
        try:
            wait_until(lambda: outside.objects() == 0, timeout_s=60, describe="the store answers")
            yield
        finally:
            process.kill()
            process.wait()

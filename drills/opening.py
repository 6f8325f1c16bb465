"""What each secret of a stack opens, tried as whoever holds it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from botocore.exceptions import ClientError
from cryptography.fernet import Fernet, InvalidToken
from flask import Flask, session
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import generate_csrf

from drills.stand import Stand
from smoke_tests.client import http_session
from smoke_tests.database import query
from smoke_tests.network import resolve
from smoke_tests.store import s3_client
from toolchain.process import Failed

WEBHOOK = "drill"
"""A webhook with a secret, as `webhooks` has them."""
_TIMEOUT_S = 20
_PSQL = (
    'read -r PGPASSWORD; export PGPASSWORD; exec psql -h 127.0.0.1 -U "$POSTGRES_USER" '
    '-d "$POSTGRES_DB" --no-psqlrc --command="SELECT 1"'
)

Values = Mapping[str, str]
"""What a Secret of the cluster holds."""


def database(stand: Stand, values: Values) -> bool:
    """Whether a password lets its owner into the database."""
    try:
        command = ["sh", "-c", _PSQL]
        stand.namespace.execute("statefulset/postgres", command, stdin=f"{values['password']}\n")
    except Failed:
        return False
    return True


def store_by_key(stand: Stand, values: Values) -> bool:
    """Whether a key lists the bucket."""
    return _store(stand, values["accessKey"], values["secretKey"])


def store_by_password(stand: Stand, values: Values) -> bool:
    """Whether the root user of the store lists the bucket."""
    return _store(stand, values["user"], values["password"])


def _store(stand: Stand, access_key: str, secret_key: str) -> bool:
    settings = replace(stand.settings, s3_access_key=access_key, s3_secret_key=secret_key)
    with resolve(settings.hosts, settings.ingress_address):
        try:
            s3_client(settings).list_objects_v2(Bucket=settings.bucket, MaxKeys=1)
        except ClientError:
            return False
    return True


def mlflow(stand: Stand, values: Values) -> bool:
    """Whether a user gets in."""
    settings = stand.settings
    session = http_session(replace(settings, login=(values["username"], values["password"])))
    with resolve(settings.hosts, settings.ingress_address):
        url = f"{settings.tracking_uri}/api/2.0/mlflow/experiments/search"
        answer = session.get(url, params={"max_results": 1}, timeout=_TIMEOUT_S)
    return answer.status_code == 200


def form_of_new_users(stand: Stand, values: Values) -> bool:
    """Whether MLflow takes its form for new users from a page that was signed with the key.

    The user that is asked for exists, so nobody is made.
    """
    app = Flask(__name__)
    app.secret_key = values["flaskKey"]
    with app.test_request_context():
        form = {"username": "admin", "password": "another", "csrf_token": generate_csrf()}
        signer = SecureCookieSessionInterface().get_signing_serializer(app)
        assert signer is not None  # noqa: S101 - there is a key
        cookie = str(signer.dumps(dict(session)))
    settings = stand.settings
    with resolve(settings.hosts, settings.ingress_address):
        answer = http_session(settings).post(
            f"{settings.tracking_uri}/api/2.0/mlflow/users/create-ui",
            data=form,
            cookies={"session": cookie},
            headers={"Referer": settings.tracking_uri},
            timeout=_TIMEOUT_S,
        )
    return answer.status_code == 200


def webhooks(stand: Stand, values: Values) -> bool:
    """Whether a key reads the secrets of webhooks in the database, and MLflow reads them too."""
    [[encrypted]] = query(
        stand.namespace, "SELECT secret FROM webhooks WHERE name = :'name'", name=WEBHOOK
    )
    try:
        Fernet(values["key"]).decrypt(encrypted)
    except InvalidToken:
        return False
    settings = stand.settings
    with resolve(settings.hosts, settings.ingress_address):
        answer = http_session(settings).get(
            f"{settings.tracking_uri}/api/2.0/mlflow/webhooks", timeout=_TIMEOUT_S
        )
    return answer.status_code == 200


def served(stand: Stand, values: Values) -> bool:
    """Whether MLflow's host is served with a certificate."""
    settings = stand.settings
    with resolve(settings.hosts, settings.ingress_address):
        shown = ssl.get_server_certificate((_host(stand), 443), timeout=_TIMEOUT_S)
    return ssl.PEM_cert_to_DER_cert(shown) == ssl.PEM_cert_to_DER_cert(values["tls.crt"])


def trusted(stand: Stand, values: Values) -> bool:
    """Whether a client that trusts an authority alone takes MLflow's host for what it is."""
    settings, host = stand.settings, _host(stand)
    context = ssl.create_default_context(cadata=values["tls.crt"])
    with (
        resolve(settings.hosts, settings.ingress_address),
        socket.create_connection((host, 443), _TIMEOUT_S) as connection,
    ):
        try:
            context.wrap_socket(connection, server_hostname=host).close()
        except ssl.SSLCertVerificationError:
            return False
    return True


def _host(stand: Stand) -> str:
    return urlsplit(stand.settings.tracking_uri).hostname or ""

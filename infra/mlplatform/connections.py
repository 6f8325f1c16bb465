"""How MLflow's pods connect to Postgres: how many times, for how long; what Postgres needs."""

import math

POOL_SIZE = 5
# log_batch holds one connection and takes another, on each of 40 request threads: with 40 or fewer
# they could all wait for each other.
MAX_OVERFLOW = 36
# libpq's own defaults wait for minutes for a server that is gone with its address. Times are in
# seconds, the last one in milliseconds; together they end a call within 10 s.
# https://www.postgresql.org/docs/17/libpq-connect.html#LIBPQ-PARAMKEYWORDS
GIVE_UP = {
    "connect_timeout": 3,
    "keepalives_idle": 3,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "tcp_user_timeout": 5000,
}
_PER_POOL = POOL_SIZE + MAX_OVERFLOW
# Postgres keeps 3 for its superuser; the rest is for Jobs, probes, backups and a person's psql.
_OTHERS = 18
# Postgres is sized in steps, because another size restarts it.
_STEP = 4
MAX_REPLICAS = 2 * _STEP
# What a backend keeps of its own after MLflow's queries, and what the server has besides.
_MIB_PER_CONNECTION = 5
_MIB_OF_THE_SERVER = 512


def wanted(replicas: int, has_auth: bool) -> int:
    """Return how many connections MLflow may want when all its pods are busy.

    It has one pool for tracking and one for the registry (`_engine_map` of either store), and one
    for users.

    Args:
        replicas: pods of MLflow; a rollout adds one.
        has_auth: whether it has users.
    """
    return (replicas + 1) * (3 if has_auth else 2) * _PER_POOL


def max_connections(replicas: int, has_auth: bool) -> int:
    """Return how many connections Postgres must take.

    Args:
        replicas: pods of MLflow; a rollout adds one.
        has_auth: whether MLflow has users.
    """
    return wanted(math.ceil(replicas / _STEP) * _STEP, has_auth) + _OTHERS


def postgres_memory(replicas: int, has_auth: bool) -> str:
    """Return the memory limit of Postgres, a Kubernetes quantity, with every connection in use.

    Args:
        replicas: pods of MLflow.
        has_auth: whether MLflow has users.
    """
    connections = max_connections(replicas, has_auth)
    return f"{_MIB_OF_THE_SERVER + connections * _MIB_PER_CONNECTION}Mi"

"""How many connections to Postgres MLflow's pods may hold, and what Postgres needs for them."""

import math

POOL_SIZE = 5
# log_batch holds one connection and takes another, on each of 40 request threads: with 40 or fewer
# they could all wait for each other.
MAX_OVERFLOW = 36
# MLflow has one pool for tracking and one for the registry (`_engine_map` of either store).
_PER_POD = 2 * (POOL_SIZE + MAX_OVERFLOW)
# Postgres keeps 3 for its superuser; the rest is for Jobs, probes, backups and a person's psql.
_OTHERS = 18
# Postgres is sized in steps, because another size restarts it.
_STEP = 4
MAX_REPLICAS = 2 * _STEP
# What a backend keeps of its own after MLflow's queries, and what the server has besides.
_MIB_PER_CONNECTION = 5
_MIB_OF_THE_SERVER = 512


def max_connections(replicas: int) -> int:
    """Return how many connections Postgres must take.

    Args:
        replicas: pods of MLflow; a rollout adds one.
    """
    pods = math.ceil(replicas / _STEP) * _STEP + 1
    return pods * _PER_POD + _OTHERS


def postgres_memory(replicas: int) -> str:
    """Return the memory limit of Postgres, a Kubernetes quantity, with every connection in use.

    Args:
        replicas: pods of MLflow.
    """
    return f"{_MIB_OF_THE_SERVER + max_connections(replicas) * _MIB_PER_CONNECTION}Mi"

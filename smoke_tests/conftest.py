"""What every smoke test shares: the stack, clients for it, three trained versions, clean-up."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
import requests
from botocore.client import BaseClient

from cluster.report import report as cluster_report
from smoke_tests.client import (
    environment,
    fail_fast_environment,
    http_session,
    plain_environment,
)
from smoke_tests.closed_ways import CLOSED, connections
from smoke_tests.masking import mask
from smoke_tests.namespace import Namespace
from smoke_tests.network import resolve
from smoke_tests.outputs import completed
from smoke_tests.plain_client import journey
from smoke_tests.settings import (
    ADDRESS,
    OPTIONAL_OUTPUTS,
    OUTPUTS,
    Settings,
    SettingsError,
    load_settings,
)
from smoke_tests.tunnel import reachable_store
from toolchain.process import Failed

# MLflow and what imports it is imported in fixtures and tests only: see client.environment.
if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

    from smoke_tests.versions import TrainedVersion
    from smoke_tests.wine import Wine

SETTINGS = pytest.StashKey[Settings]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let one session run the tests of another as a different client."""
    parser.addoption(
        "--plain-client",
        metavar="LABEL",
        help="set nothing but what a client needs, and leave the clean-up of LABEL to the caller",
    )
    parser.addoption(
        "--disrupt",
        action="store_true",
        help="delete pods of a durable stack too, as is done with every ephemeral one",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Enter the session's environment: before the tests' modules, and MLflow, are imported."""
    # What MLflow imports is half a million objects that all stay: to look for garbage among them
    # takes half a second while they come, and one and a half at the end.
    gc.disable()
    # CI ends a cancelled job with SIGTERM; pytest cleans up only after an interrupt.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    config.addinivalue_line("markers", "own(*parts): asks servers that must be the stack's own")
    config.addinivalue_line("markers", "disruptive: deletes pods, so it runs after all others")
    tunnel = ExitStack()
    config.add_cleanup(tunnel.close)
    try:
        stack = tunnel.enter_context(reachable_store(completed(os.environ)))
        settings = load_settings(stack)
    except (SettingsError, Failed) as error:
        raise pytest.UsageError(str(error)) from None
    is_plain = bool(config.getoption("--plain-client"))
    variables = plain_environment(settings) if is_plain else fail_fast_environment(settings)
    described = (ADDRESS, *OUTPUTS, *OPTIONAL_OUTPUTS)
    variables |= {name: stack[name] for name in described if name in stack}
    hosts = settings.client_hosts if is_plain else settings.hosts
    with ExitStack() as entered:
        entered.enter_context(environment(variables, settings.hosts))
        others = not is_plain or settings.client_asks_others
        entered.enter_context(resolve(hosts, settings.ingress_address, others=others))
        config.add_cleanup(entered.pop_all().close)
    config.stash[SETTINGS] = settings


def pytest_collection_finish() -> None:
    """Look for garbage again, among what comes from now on."""
    gc.freeze()
    gc.enable()


def pytest_unconfigure() -> None:
    """Leave what is there to the end of the process."""
    gc.freeze()


def pytest_report_header(config: pytest.Config) -> str:
    """Say which stack is judged."""
    settings = config.stash[SETTINGS]
    return f"stack: {settings.namespace} of {settings.context}, {settings.tracking_uri}"


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out what is asked of the stack's own servers where those are another's."""
    marker = item.get_closest_marker("own")
    others = item.config.stash[SETTINGS].external & set(marker.args if marker else ())
    if others:
        pytest.skip(f"the stack uses the {', '.join(others)} of others")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put what disturbs the stack last, if it is to be disturbed, and leave the rest in order."""
    items.sort(key=_is_disruptive)
    if not (config.stash[SETTINGS].ephemeral or config.getoption("--disrupt")):
        gentle = pytest.mark.skip(reason="deletes pods, and this stack is durable: --disrupt")
        for item in filter(_is_disruptive, items):
            item.add_marker(gentle)


def _is_disruptive(item: pytest.Item) -> bool:
    return item.get_closest_marker("disruptive") is not None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[Any]:
    """Mask the S3 key in everything that a failed test prints."""
    report = yield
    secrets = item.config.stash[SETTINGS].secrets
    if report.failed:
        printed = str(report.longrepr)
        masked = mask(printed, secrets)
        if masked != printed:  # plain text has no colours and no line in the summary
            report.longrepr = masked
    report.sections = [(name, mask(content, secrets)) for name, content in report.sections]
    return report


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config
) -> None:
    """After a failure, print the state of the stack once."""
    if exitstatus == pytest.ExitCode.TESTS_FAILED and not config.getoption("--plain-client"):
        settings = config.stash[SETTINGS]
        state = cluster_report(settings.context, settings.namespace)
        terminalreporter.section(f"namespace {settings.namespace}")
        terminalreporter.write_line(mask(state, settings.secrets))


@pytest.fixture(scope="session")
def settings(pytestconfig: pytest.Config) -> Settings:
    """The stack under test."""
    return pytestconfig.stash[SETTINGS]


@pytest.fixture(scope="session")
def namespace(settings: Settings) -> Namespace:
    """The namespace of the stack."""
    return Namespace(
        settings.context, settings.namespace, has_database="postgres" not in settings.external
    )


@pytest.fixture(scope="session")
def http(settings: Settings) -> requests.Session:
    """Plain HTTP, with the same login as the client."""
    return http_session(settings)


@pytest.fixture(scope="session")
def s3(settings: Settings) -> BaseClient:
    """A boto3 client with MLflow's key, through the store's host."""
    from smoke_tests.store import s3_client

    return s3_client(settings)


@pytest.fixture(scope="session")
def label(
    settings: Settings, namespace: Namespace, s3: BaseClient, pytestconfig: pytest.Config
) -> Iterator[str]:
    """Begins every name that this session makes; what has it is removed at the end."""
    given = pytestconfig.getoption("--plain-client")
    if given:
        yield given
        return
    from smoke_tests.cleanup import clean_up

    made = f"smoke-{uuid.uuid4().hex[:8]}"
    yield made
    clean_up(settings, namespace, s3, made)


@pytest.fixture(scope="session")
def plain_client(
    label: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[subprocess.Popen[str]]:
    """A client that knows nothing but the tracking URI, on its journey."""
    with journey(f"{label}-plain", tmp_path_factory.mktemp("home")) as process:
        yield process


@pytest.fixture(scope="session")
def reached(namespace: Namespace) -> Iterator[Callable[[str], list[str]]]:
    """What a workload can connect to of what it need not reach: a closed way shows by silence."""
    with ThreadPoolExecutor() as pool:
        answers = {
            workload: pool.submit(connections, namespace, workload, places)
            for workload, places in CLOSED.items()
        }
        yield lambda workload: answers[workload].result()


@pytest.fixture(scope="session", autouse=True)
def _early(request: pytest.FixtureRequest) -> None:
    """Start what takes long beside all other tests, if one of them asks for it."""
    asked = {name for item in request.session.items for name in getattr(item, "fixturenames", ())}
    for name in ("plain_client", "reached"):
        if name in asked:
            request.getfixturevalue(name)


@pytest.fixture(scope="session")
def client() -> MlflowClient:
    """MLflow's client, configured by the environment alone."""
    from mlflow.tracking import MlflowClient

    return MlflowClient()


@pytest.fixture(scope="session")
def wine(settings: Settings) -> Wine:
    """The data set."""
    from smoke_tests.wine import load

    return load(settings.wine_csv)


@pytest.fixture(scope="session")
def experiment_id(client: MlflowClient, label: str) -> str:
    """An experiment of this session."""
    return client.create_experiment(label)


@pytest.fixture(scope="session")
def versions(wine: Wine, experiment_id: str, label: str) -> list[TrainedVersion]:
    """The tutorial's three versions, trained and registered once."""
    from smoke_tests.versions import register

    return register(wine, experiment_id, label)

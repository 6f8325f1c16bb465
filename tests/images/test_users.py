"""The database of users, against a real Postgres."""

from collections.abc import Mapping

import pytest
from mlflow.server.auth.sqlalchemy_store import SqlAlchemyStore

from mlplatform_server import users
from mlplatform_server.migration import migrate
from mlplatform_server.users import prepare, require_prepared
from mlplatform_server.waiting import NotYet
from tests.processes import PostgresServer

ADMINS = "MLPLATFORM_PASSWORD_ADMIN"
PASSWORD = "p%40ss@w'rd-first"


@pytest.fixture
def chosen(postgres_server: PostgresServer) -> Mapping[str, str]:
    """The configuration of a stack whose database of users is empty."""
    return {"database_uri": postgres_server.new_database(), "admin_username": "admin"}


def store_of(chosen: Mapping[str, str]) -> SqlAlchemyStore:
    store = SqlAlchemyStore()
    store.init_db(chosen["database_uri"])
    return store


def test_a_server_waits_until_schema_and_administrator_are_there(
    chosen: Mapping[str, str],
) -> None:
    with pytest.raises(NotYet, match="the users' schema is at None"):
        require_prepared(chosen["database_uri"])
    store = store_of(chosen)  # as a killed Job leaves it
    with pytest.raises(NotYet, match="administrator"):
        require_prepared(chosen["database_uri"])
    prepare(chosen, {ADMINS: PASSWORD})
    require_prepared(chosen["database_uri"])
    assert store.get_user("admin").is_admin


def test_another_password_of_the_stack_is_the_administrators_and_nobody_elses(
    chosen: Mapping[str, str],
) -> None:
    prepare(chosen, {ADMINS: PASSWORD})
    store = store_of(chosen)
    store.create_user("alice", "password-of-alice")
    for password in ("another-password", "another-password", PASSWORD):
        prepare(chosen, {ADMINS: password})
        assert store.authenticate_user("admin", password)
    assert not store.authenticate_user("admin", "another-password")
    assert store.authenticate_user("alice", "password-of-alice")


def test_the_migration_job_prepares_users_where_there_are_some(
    postgres_server: PostgresServer,
    chosen: Mapping[str, str],
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path_factory.mktemp("auth") / "basic_auth.ini"
    uri = chosen["database_uri"].replace("postgres@", "postgres:p%2540ss%40w%27rd@")
    escaped = uri.replace("%", "%%")
    file.write_text(f"[mlflow]\nadmin_username = admin\ndatabase_uri = {escaped}\n")
    monkeypatch.setenv("MLFLOW_AUTH_CONFIG_PATH", str(file))
    monkeypatch.setenv(ADMINS, PASSWORD)
    assert users.configuration()["database_uri"] == uri
    migrate(postgres_server.new_database(), "mlflow-artifacts:/")
    assert store_of(chosen).authenticate_user("admin", PASSWORD)


def test_where_nobody_logs_in_there_is_no_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_AUTH_CONFIG_PATH", raising=False)
    assert users.configuration() == {}


def test_programs_of_the_stack_may_do_what_they_need_and_are_gone_when_it_has_none(
    chosen: Mapping[str, str],
) -> None:
    passwords = {users.password_variable(name): f"password-of-{name}" for name in users.MACHINES}
    for _ in range(2):
        prepare(chosen, {ADMINS: PASSWORD, **passwords})
    store = store_of(chosen)
    reader, promoter = (store.get_user(name) for name in users.MACHINES)
    assert not reader.is_admin
    assert not promoter.is_admin
    rights = {
        (user.username, kind): store.get_role_permission_for_resource(user.id, kind, "1", "default")
        for user in (reader, promoter)
        for kind in ("experiment", "registered_model")
    }
    assert {key: right and right.name for key, right in rights.items()} == {
        ("mlplatform-model-reader", "experiment"): "READ",
        ("mlplatform-model-reader", "registered_model"): "READ",
        ("mlplatform-promoter", "experiment"): None,
        ("mlplatform-promoter", "registered_model"): "EDIT",
    }
    prepare(chosen, {ADMINS: PASSWORD, **dict.fromkeys(passwords, "another-password")})
    assert all(store.authenticate_user(name, "another-password") for name in users.MACHINES)
    prepare(chosen, {ADMINS: PASSWORD})
    assert not any(store.has_user(name) for name in users.MACHINES)

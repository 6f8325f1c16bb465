import sqlalchemy

from tests.processes import PostgresPrograms


def test_the_postgres_of_the_tests_is_that_of_the_image(
    postgres_programs: PostgresPrograms,
) -> None:
    assert postgres_programs.run("postgres", "--version").startswith("postgres (PostgreSQL) 17.")


def test_every_test_has_an_empty_database(database: str) -> None:
    assert sqlalchemy.inspect(sqlalchemy.create_engine(database)).get_table_names() == []

"""Remove for good what MLflow only marks as deleted."""

from __future__ import annotations

from smoke_tests.database import query
from smoke_tests.namespace import Namespace

SHORTEST_LABEL = len("smoke-01234567")
# In the database, because `mlflow gc` would take 300 MB and 5 s of the pod that serves everybody.
# What refers to a row goes before it, as the schema's own foreign keys say, so that this knows
# nothing of MLflow's tables but those whose references are no foreign keys.
REMOVE = """
create function pg_temp.remove(parent regclass, condition text) returns void language plpgsql as $$
declare reference record;
begin
    for reference in
        select
            conrelid::regclass as child,
            (select string_agg(quote_ident(attname), ', ' order by position)
             from unnest(conkey) with ordinality as key (number, position)
             join pg_attribute on attrelid = conrelid and attnum = number) as referring,
            (select string_agg(quote_ident(attname), ', ' order by position)
             from unnest(confkey) with ordinality as key (number, position)
             join pg_attribute on attrelid = confrelid and attnum = number) as referred
        from pg_constraint
        where contype = 'f' and confrelid = parent and confdeltype <> 'n'
    loop
        perform pg_temp.remove(reference.child, format('(%s) in (select %s from %s where %s)',
            reference.referring, reference.referred, parent, condition));
    end loop;
    execute format('delete from %s where %s', parent, condition);
end $$;

begin;
create temporary table own on commit drop as
    select experiment_id::text as id from experiments where name like :'label' || '%';
create temporary table inside on commit drop as
    select run_uuid as id from runs where experiment_id::text in (select id from own)
    union select request_id from trace_info where experiment_id::text in (select id from own)
    union select model_id from logged_models where experiment_id::text in (select id from own);
delete from input_tags where input_uuid in (
    select input_uuid from inputs
    where source_id in (select id from inside) or destination_id in (select id from inside));
delete from inputs
    where source_id in (select id from inside) or destination_id in (select id from inside);
delete from entity_associations
    where source_id in (select id from inside) or destination_id in (select id from inside)
    or source_type = 'experiment' and source_id in (select id from own)
    or destination_type = 'experiment' and destination_id in (select id from own);
select pg_temp.remove('experiments', 'experiment_id::text in (select id from own)');
select pg_temp.remove('webhooks', format('name like %L', :'label' || '%'));
commit;
"""


def purge(namespace: Namespace, label: str) -> None:
    """Remove experiments with everything in them, and webhooks; their artifacts stay.

    Args:
        namespace: The stack's namespace.
        label: What their names begin with.

    Raises:
        ValueError: The label is so short that it could be anybody's.
    """
    if len(label) < SHORTEST_LABEL:
        raise ValueError(f"{label!r} could begin anybody's names")
    query(namespace, REMOVE, label=label)

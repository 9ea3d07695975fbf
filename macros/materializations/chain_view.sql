{#
  Purpose: the materialization of the view chain. A view is replaced in place, so that whoever
  reads it at that moment (a trigger, an application) always finds it; dbt's own way drops it
  together with everything that depends on it. Where the columns changed so that PostgreSQL
  cannot replace the view, the old one steps aside under another name (its dependents follow
  it, and stay whole) and the new one takes its place in the same transaction.
  `--empty` does not empty a chain view (macro `ref`): it reads nothing, so it costs nothing.
#}
{% materialization chain_view, adapter='postgres' %}
    {%- set target = this.incorporate(type='view') -%}
    {%- set existing = load_relation(this) -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- if existing is not none and not existing.is_view -%}
        {%- do exceptions.raise_compiler_error(
            this ~ ' is a ' ~ existing.type ~ ' where a view is to be. Rename or drop it first.'
        ) -%}
    {%- endif -%}

    {% call statement('main') -%}
        {{ replace_view_in_place(target, sql) }}
    {%- endcall %}

    {%- do apply_grants(target, config.get('grants'), should_revoke=should_revoke(existing, full_refresh_mode=false)) -%}
    {%- do persist_docs(target, model) -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}


{#
  PostgreSQL itself says whether a view can be replaced in place: error 42P16 if not. Then whoever
  had rights on the old view has them on the new one.
#}
{% macro replace_view_in_place(target, sql) -%}
    {%- set aside = target.incorporate(path={
        'identifier': target.identifier[:40] ~ '__replaced_' ~ local_md5(invocation_id)[:8]
    }) -%}
    do $chain_view$
    declare
        granted text;
    begin
        create or replace view {{ target }} as
        {{ sql }}
        ;
    exception when invalid_table_definition then
        alter view {{ target }} rename to {{ adapter.quote(aside.identifier) }};
        create view {{ target }} as
        {{ sql }}
        ;
        for granted in
            select
                format(
                    'grant %s on {{ target }} to %s',
                    acl.privilege_type,
                    case acl.grantee when 0 then 'public' else acl.grantee::regrole::text end
                ) || case when acl.is_grantable then ' with grant option' else '' end
            from pg_class
            cross join lateral aclexplode(pg_class.relacl) as acl
            where pg_class.oid = '{{ aside }}'::regclass
        loop
            execute granted;
        end loop;
    end
    $chain_view$
{%- endmacro %}


{#
  Purpose: drops the views that stepped aside, as soon as nothing reads them any more.
  One that something outside the project still reads stays, and is named.
#}
{% macro drop_replaced_views() %}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set replaced -%}
        select
            oid,
            oid::regclass::text as name
        from pg_class
        where
            relkind = 'v'
            and relname like '%\_\_replaced\_%'
            and (select nspname from pg_namespace where pg_namespace.oid = relnamespace) like '{{ target.schema | replace('_', '\\_') }}%'
    {%- endset -%}
    {%- do run_query(_drop_unless_read(replaced)) -%}
    {%- for view in run_query('select name from (' ~ replaced ~ ') as replaced order by name').columns[0].values() -%}
        {%- do log(view ~ ' was replaced but is still read by another relation; point that at the new view', info=true) -%}
    {%- endfor -%}
{% endmacro %}


{#
  Those that stepped aside read each other, so that dropping one may free another. Only what nothing reads is tried:
  to find that out, `drop view` locks all that reads a view, in the order in which readers do not, and a reader dies of it.
#}
{% macro _drop_unless_read(replaced) -%}
    do $drop_views$
    declare
        view_name text;
        is_done boolean := false;
    begin
        while not is_done loop
            is_done := true;
            for view_name in
                select replaced.name
                from ({{ replaced }}) as replaced
                where
                    not exists (
                        select from pg_depend
                        left join pg_rewrite
                            on pg_depend.classid = 'pg_rewrite'::regclass and pg_depend.objid = pg_rewrite.oid
                        where
                            pg_depend.refclassid = 'pg_class'::regclass
                            and pg_depend.refobjid = replaced.oid
                            and pg_depend.deptype = 'n'
                            and pg_rewrite.ev_class is distinct from replaced.oid
                    )
            loop
                begin
                    execute 'drop view ' || view_name;
                    is_done := false;
                exception when dependent_objects_still_exist then
                    null;
                end;
            end loop;
        end loop;
    end
    $drop_views$
{%- endmacro %}

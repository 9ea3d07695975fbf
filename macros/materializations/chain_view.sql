{#
  Purpose: the materialization of the view chain. A view that is as it should be is left alone: to replace it
  would wait for its readers, and hold up whoever comes behind. Another one is replaced in place, so that whoever
  reads it at that moment (a trigger, an application) always finds it; dbt's own way drops it
  together with everything that depends on it. Where the columns changed so that PostgreSQL
  cannot replace the view, the old one steps aside under another name (its dependents follow
  it, and stay whole) and the new one takes its place in the same transaction.
  With `meta: {security_invoker: true}` the view reads with the rights of whoever asks it.
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

    {%- if config.get('contract').enforced -%}{{ get_assert_columns_equivalent(sql) }}{%- endif -%}

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
  A DO block that replaces the view where it differs. Its names end in `_` so that none is a column's.
  Whether a view can be replaced in place, PostgreSQL itself says: error 42P16 if not.
#}
{% macro replace_view_in_place(target, sql) -%}
    {%- set aside = target.identifier[:40] ~ '__replaced_' ~ local_md5(invocation_id)[:8] -%}
    {%- set name = target.include(database=false) -%}
    {%- set options -%}
    array(
        select option from pg_class, unnest(reloptions) as option
        where pg_class.oid = present_ {%- if config.get('meta', {}).get('security_invoker') %} and option not like 'security_invoker=%'{% endif %}
    ) {%- if config.get('meta', {}).get('security_invoker') %} || 'security_invoker=true'::text{% endif %}
    {%- endset -%}
    {%- set declarations %}
    present_ constant regclass := to_regclass({{ literal(name) }});
    query_ constant text := $chain_view_query$
{{ sql }}
$chain_view_query$;
    options_ constant text[] := {{ options }};
    head_ constant text := 'view {{ name | replace("'", "''") }} ' || case when options_ <> '{}' then (
        select 'with (' || string_agg(split_part(option, '=', 1) || ' = ' || quote_literal(substr(option, strpos(option, '=') + 1)), ', ') || ')'
        from unnest(options_) as option
    ) else '' end || ' as ';
    carried_ jsonb;
    statement_ text;
    {%- endset -%}
    {%- set preparation %}
    {{ _return_if_unchanged() }}
    carried_ := ({{ what_a_view_carries() }});
    {%- endset -%}
    {% call with_short_locks('the view ' ~ name, declarations, preparation) %}
    begin
        execute 'create or replace ' || head_ || query_;
    exception when invalid_table_definition then
        execute format('alter view %s rename to %I', present_, {{ literal(aside) }});
        execute 'create ' || head_ || query_;
        {{ _carry_over(name) }}
    end;
    {% endcall %}
{%- endmacro %}


{# Gives the new view what the one that stepped aside carried, and takes what the owner's default privileges opened. #}
{% macro _carry_over(name) -%}
    for statement_ in
        select format('revoke all on %s from %s', pg_class.oid::regclass, case acl.grantee when 0 then 'public' else acl.grantee::regrole::text end)
        from pg_class, aclexplode(relacl) as acl
        where pg_class.oid = to_regclass({{ literal(name) }}) and acl.grantee <> relowner
    loop
        execute statement_;
    end loop;
    for statement_ in
        select carried.value ->> 'statement'
        from jsonb_array_elements(carried_) with ordinality as carried (value, place)
        where
            carried.value ->> 'column' is null
            or carried.value ->> 'column' in (
                select attname from pg_attribute where attrelid = to_regclass({{ literal(name) }}) and attnum > 0
            )
        order by carried.place
    loop
        execute statement_;
    end loop;
{%- endmacro %}


{#
  Whether the view is what the query would make it, is asked of PostgreSQL: a temporary view of the same query reads the same, column by
  column. What that has locked is let go again with it.
#}
{% macro _return_if_unchanged() -%}
    if present_ is not null then
        begin
            execute 'create temporary view chain_view_probe as ' || query_;
            if
                pg_get_viewdef(present_) = pg_get_viewdef('pg_temp.chain_view_probe'::regclass)
                and not exists (
                    select attname, atttypid, atttypmod, attcollation from pg_attribute where attrelid = present_ and attnum > 0
                    except
                    select attname, atttypid, atttypmod, attcollation from pg_attribute where attrelid = 'pg_temp.chain_view_probe'::regclass
                )
                and options_ = coalesce((select reloptions from pg_class where oid = present_), '{}')
            then
                raise exception using errcode = 'CV001', message = 'unchanged';
            end if;
            raise exception using errcode = 'CV002', message = 'changed';
        exception
            when sqlstate 'CV001' then return;
            when sqlstate 'CV002' then null;
        end;
    end if;
{%- endmacro %}


{#
  Query for the statements that give a view of this name what the one that is there carries, as a JSON array: owner, rights,
  comments, security labels, defaults, triggers, rules. What is about a column names it: the new view may not have it. Reads the variable `present_`.
#}
{% macro what_a_view_carries() -%}
    with own_column as (
        select attnum, attname::text, attacl from pg_attribute where attrelid = present_ and attnum > 0
    ),

    carried (place, "column", statement) as (
        select 1, null, format('alter view %s owner to %s', present_, relowner::regrole)
        from pg_class where pg_class.oid = present_ and relowner <> current_user::regrole
        union all
        select 2, granted.attname, format(
            'grant %s%s on %s to %s%s', acl.privilege_type, '(' || quote_ident(granted.attname) || ')', present_,
            case acl.grantee when 0 then 'public' else acl.grantee::regrole::text end,
            case when acl.is_grantable then ' with grant option' else '' end
        )
        from (
            select relacl, null as attname from pg_class where pg_class.oid = present_
            union all
            select attacl, attname from own_column
        ) as granted, aclexplode(granted.relacl) as acl
        union all
        select 3, attname, format(
            'comment on %s is %L', coalesce('column ' || present_ || '.' || quote_ident(attname), 'view ' || present_), description
        )
        from pg_description left join own_column on objsubid = attnum
        where classoid = 'pg_class'::regclass and objoid = present_
        union all
        select 4, attname, format(
            'security label for %I on %s is %L', provider,
            coalesce('column ' || present_ || '.' || quote_ident(attname), 'view ' || present_), label
        )
        from pg_seclabel left join own_column on objsubid = attnum
        where classoid = 'pg_class'::regclass and objoid = present_
        union all
        select 5, attname, format('alter view %s alter column %I set default %s', present_, attname, pg_get_expr(adbin, adrelid))
        from pg_attrdef inner join own_column on adnum = attnum where adrelid = present_
        union all
        select 6, null, pg_get_triggerdef(oid) from pg_trigger where tgrelid = present_ and not tgisinternal
        union all
        select 7, null, pg_get_ruledef(oid) from pg_rewrite where ev_class = present_ and rulename <> '_RETURN'
    )

    select jsonb_agg(jsonb_build_object('column', "column", 'statement', statement) order by place) from carried
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
            and relnamespace in (select oid from pg_namespace where nspname in ({{ schema_family() }}))
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
        perform set_config('lock_timeout', '40ms', true);
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
                exception when dependent_objects_still_exist or lock_not_available then
                    {#- somebody reads it, or a relation that reads it: the next build tries again #}
                    null;
                end;
            end loop;
        end loop;
    end
    $drop_views$
{%- endmacro %}

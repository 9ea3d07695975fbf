declare
    views constant regclass[] := array(
        with recursive reading (reader, depth) as (
            select table_oid, 0 from unnest(of_tables) as table_oid
            union
            select pg_rewrite.ev_class::regclass, reading.depth + 1
            from reading
            inner join pg_depend
                on
                    pg_depend.refclassid = 'pg_class'::regclass
                    and pg_depend.refobjid = reading.reader
                    and pg_depend.classid = 'pg_rewrite'::regclass
            inner join pg_rewrite on pg_depend.objid = pg_rewrite.oid and pg_rewrite.ev_class <> reading.reader
            -- views that read each other by their rules would go round for ever; dropping them fails
            where reading.depth < 100
        )

        select reader from reading where depth > 0 group by reader order by max(depth), reader
    );
    attempts constant integer := 300;
    lock_timeout_before constant text := current_setting('lock_timeout');
    statements_ text[] := '{}';
    statement_ text;
    present_ regclass;
begin
    foreach present_ in array views loop
        statements_ := statements_ || format(
            'create view %s %s as %s',
            present_,
            (
                select 'with (' || string_agg(
                    split_part(option, '=', 1) || ' = ' || quote_literal(substr(option, strpos(option, '=') + 1)), ', '
                ) || ')'
                from pg_class, unnest(pg_class.reloptions) as option
                where pg_class.oid = present_
            ),
            pg_get_viewdef(present_)
        ) || array(
            -- what the owner's default privileges open
            select format('revoke all on %s from %s', present_, coalesce(nullif(acl.grantee, 0)::regrole::text, 'public'))
            from pg_default_acl, aclexplode(pg_default_acl.defaclacl) as acl
            where pg_default_acl.defaclobjtype = 'r' and acl.grantee <> pg_default_acl.defaclrole
        ) || array(
            select carried.value ->> 'statement'
            from jsonb_array_elements(({{ what_a_view_carries() }})) with ordinality as carried (value, place)
            order by carried.place
        );
    end loop;
    -- a writer holds its table and then asks for a view: to wait for it while holding views would be a deadlock
    for attempt in 1..attempts loop
        begin
            perform set_config('lock_timeout', '40ms', true);
            foreach present_ in array of_tables loop
                execute format('lock table %s in access exclusive mode', present_);
            end loop;
            for i in reverse cardinality(views)..1 loop
                execute format('drop view %s', views[i]);
            end loop;
            exit;
        exception when lock_not_available or deadlock_detected then
            if attempt = attempts then
                raise exception 'the tables and their views were used by others for too long; nothing was changed'
                using hint = 'Look in pg_stat_activity for long transactions that read or write them, and try again.';
            end if;
            perform pg_sleep(0.01 + random() * 0.2);
        end;
    end loop;
    perform set_config('lock_timeout', lock_timeout_before, true);
    -- the migration finds what any new session of the caller would
    perform set_config('search_path', (select reset_val from pg_settings where name = 'search_path'), true);
    execute migration;
    perform set_config('search_path', 'pg_catalog, pg_temp', true);
    foreach statement_ in array statements_ loop
        execute statement_;
    end loop;
    return format('%s views were taken off and put back', cardinality(views));
end;

-- What an application has beside its tables: triggers of its own, which name what they write without a schema.
create table app_log (id bigint generated always as identity, said text);

create function app_tell_partner() returns trigger language plpgsql as $$
begin
    insert into app_log (said) values (new.key_need);
    update org_personas set reports_to = new.key_need
    where id = (select min(id::text)::uuid from org_personas where department like 'hot%');
    return null;
end
$$;
create trigger app_tell_partner after update of key_need on dh_personas
for each row when (old.key_need is distinct from new.key_need) execute function app_tell_partner();

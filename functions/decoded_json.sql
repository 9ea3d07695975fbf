declare
    encoded text := case jsonb_typeof(value) when 'string' then value #>> '{}' end;
    decoded jsonb;
begin
    -- written apart from `unwrap_json`, which it checks
    if encoded !~ '^\s*["\[{]' or encoded is null then
        return value;
    end if;
    decoded := encoded::jsonb;
    while jsonb_typeof(decoded) = 'string' and decoded #>> '{}' ~ '^\s*["\[{]' loop
        decoded := (decoded #>> '{}')::jsonb;
    end loop;
    return case when jsonb_typeof(decoded) = any('{array,object}') then decoded else value end;
exception
    when data_exception or program_limit_exceeded then
        return value;
end;

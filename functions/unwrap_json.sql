declare
    unwrapped jsonb := value;
begin
    while jsonb_typeof(unwrapped) = 'string' loop
        unwrapped := (unwrapped #>> '{}')::jsonb;
    end loop;
    if jsonb_typeof(unwrapped) in ('array', 'object') then
        return unwrapped;
    end if;
    return value;
exception
    -- not JSON, a code point that PostgreSQL cannot hold, or nested too deep
    when invalid_text_representation or untranslatable_character
        or statement_too_complex then
        return value;
end;

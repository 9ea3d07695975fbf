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
    -- not JSON, a code point or a number that PostgreSQL cannot hold, nested too deep or too large
    when invalid_text_representation or untranslatable_character
        or numeric_value_out_of_range or statement_too_complex or program_limit_exceeded then
        return value;
end;

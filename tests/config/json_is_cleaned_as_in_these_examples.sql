/*
What is this?        Each row is an example of a JSON value that is not cleaned as it should be: what it was, what it
                     became, what it should be. The examples are those that a unit test cannot tell apart, because dbt
                     shows a JSON null like null and a text "42" like the number.
When does it matter? Always: staging cleans every JSON column by this rule.
How to resolve?      Mend macro `clean_json` or function `unwrap_json`; an example changes only with the rule.
*/
with examples (found, expected) as (

    values
    ('null'::jsonb, null::jsonb),
    (null, null),
    ('"null"', '"null"'),
    ('"42"', '"42"'),
    ('"true"', '"true"'),
    ('""', '""'),
    ('42', '42'),
    ('false', 'false'),
    ('"\"plain text, quoted\""', '"\"plain text, quoted\""'),
    ('"[1e200000]"', '"[1e200000]"'),
    ('"[]"', '[]'),
    ('"{}"', '{}'),
    ('"[1.0, 1e2, null]"', '[1.0, 100, null]'),
    ('"\"[\\\"twice\\\"]\""', '["twice"]'),
    ('"[\"\\\"[1]\\\"\"]"', '["\"[1]\""]')

),

cleaned as (

    select
        found,
        {{ clean_json('found') }} as became,
        expected
    from examples

)

select *
from cleaned
where became::text is distinct from expected::text

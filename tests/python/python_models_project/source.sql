-- Every type that matters, with the values that get lost on careless ways.
create schema src;
create type src.mood as enum ('sad', 'it''s "fine"');
create domain src.short_text as varchar(20) check (value <> 'forbidden');
create domain src.price as numeric(8, 3);
create type src.pair as (a int, b text);

create table src.everything (
    id bigint primary key,
    a_uuid uuid,
    a_text text,
    a_varchar varchar(30),
    a_char char(5),
    "A ""quoted"" name" text,
    a_json json,
    a_jsonb jsonb,
    a_numeric numeric,
    a_money_like numeric(14, 2),
    a_wide numeric(60, 20),
    a_float8 float8,
    a_float4 float4,
    a_bool bool,
    a_int2 int2,
    a_int4 int4,
    a_bytea bytea,
    a_date date,
    a_timestamp timestamp,
    a_timestamptz timestamptz,
    a_mood src.mood,
    a_short src.short_text,
    a_price src.price,
    texts text[],
    ints int[],
    uuids uuid[],
    jsons jsonb[],
    times timestamptz[],
    numerics numeric[],
    bools bool[],
    moods src.mood[],
    an_interval interval,
    a_time time,
    an_inet inet,
    a_range int4range,
    a_pair src.pair,
    intervals interval[]
);

insert into src.everything values
(
    1, '00000000-0000-0000-0000-000000000000', '', '', '', '', '""', '""', 0, 0, 0, 0, 0, false, 0, 0, '', '2000-01-01',
    '2000-01-01', '2000-01-01 00:00+00', 'sad', '', 0, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '0', '00:00',
    '0.0.0.0', 'empty', row(null, ''), '{}'
),
(
    2, 'FFFFFFFF-ffff-4fff-bfff-ffffffffffff', E'line\nbreak\r\n\ttab \\ back\\slash \\. "quote" \x01', E'\\.', 'ab', E'\\N',
    E'{"b" :1,  "a": [1.00, null], "b": "twice"}', '{"a": [1.00, null, "\\u00e9\\n"], "b": 1e400}', 1.00, 1.10,
    12345678901234567890123456789012345678.00000000000000000001, 'NaN', 'NaN', true, 32767, 2147483647, '\x00ff0a5c', 'infinity',
    'infinity', 'infinity', 'it''s "fine"', 'short', 12345.678, '{"",NULL,"NULL","a,b","{}","\\","\""}', '{1,NULL,-2147483648}',
    '{00000000-0000-0000-0000-000000000001,NULL}', array['{"a": 1}', 'null', null]::jsonb[],
    '{infinity,-infinity,NULL,2024-02-29 23:59:59.999999+00}', '{NaN,1.00,NULL,-0.000}', '{t,f,NULL}', '{sad,NULL}',
    '1 year -2 days 03:04:05.000006', '24:00', '::1/64', '[1,5)', row(1, 'x'), '{1 day,NULL}'
),
(
    3, '6ba7b810-9dad-11d1-80b4-00c04fd430c8', U&'\00e9 e\0301 \+01F600 \200B \FEFF \00A0 \4E2D', 'x', 'äöüß€', U&'\+01F600',
    'null', 'null', -0.00, -99999.99, -0.00000000000000000001, '-Infinity', '-Infinity', null, -32768, -2147483648, '\x5c2e',
    '-infinity', '-infinity', '-infinity', null, null, -0.001, array[E'a\nb', U&'\+01F600'], '{5}', null, null, null, null, null,
    null, '-178000000 years', '23:59:59.999999', '10.0.0.0/8', '(,)', null, null
),
(
    4, null, null, null, null, null, null, null, 'NaN', null, null, 'Infinity', 'Infinity', null, null, null, null,
    '4714-11-24 BC', '4714-11-24 00:00:00 BC', '4714-11-24 00:00:00+00 BC', null, null, null, null, null, null, null, null, null,
    null, null, null, null, null, null, null, null
),
(
    5, null, 'x', 'x', 'x', 'x', '1', '1', 'Infinity', 1, 1, 4.9e-324, 1e-45, null, 1, 1, '\x', '5874897-12-31',
    '9999-12-31 23:59:59.999999', '0001-01-01 00:00:00.000001+00', null, null, null, '{""}', '{0}', null, null, null, null, null,
    null, null, null, null, null, null, null
),
(
    6, null, 'y', 'y', 'y', 'y', '1', '1', '-Infinity', 1, 1, 0.1, 0.1, null, 1, 1, '\x', '1970-01-01', '1969-12-31 23:59:59.999999',
    '1969-12-31 23:59:59.999999+00', null, null, null, null, '{0}', null, null, null, null, null, null, null, null, null, null, null, null
),
(
    7, null, 'z', 'z', 'z', 'z', '1', '1', 1e-16383 + 1e1000, 1, 1, -0.0, 1.1, null, 1, 1, '\x', '1970-01-01', '1970-01-01', '1970-01-01 +00',
    null, null, null, null, '{0}', null, null, null, '{123456789012345678901234567890.1}', null, null, null, null, null, null, null, null
);

create table src.people (id int, name text, born date, score float8);
insert into src.people
select n, case when n % 3 = 0 then null else 'person ' || n end, date '2000-01-01' + n, n / 4.0 from generate_series(1, 1000) as n;

create table src.settings (today int);
insert into src.settings values (1);
create table src.hook_log (event text, sees int);

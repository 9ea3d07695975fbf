-- The tables that cases.yml speaks of. `missing` is not here on purpose.
create table numbers (id int, n int, m int, label text);
insert into numbers values
(1, 1, 0, 'low'),
(2, 5, 5, 'mid'),
(3, 5, 6, null),
(4, 10, null, 'high'),
(5, null, 3, 'mid');

create table nothing (id int, n int, m int, label text);

create table texts (id int, t text);
insert into texts values
(1, 'abc'),
(2, 'ABC'),
(3, ''),
(4, '   '),
(5, null),
(6, 'naïve'),
(7, '日本'),
(8, 'a.b'),
(9, 'a+b (c)'),
(10, E'two\nlines'),
(11, 'it''s'),
(12, '100%');

create table pairs (id int, a text, b text);
insert into pairs values
(1, 'x', '1'),
(2, 'x', '1'),
(3, 'x', null),
(4, 'x', null),
(5, null, null),
(6, null, null),
(7, 'y', '1'),
(8, '', '1'),
(9, ' ', '1');

create table teams (id int, team text, kind int);
insert into teams values (1, 'x', 1), (2, 'x', 2), (3, 'y', 1), (4, null, 1);

create table players (id int, side text, kind int);
insert into players values (1, 'x', 1), (2, 'x', 1), (3, 'z', 2), (4, null, 1);

create table spans (started_on date, ended_on date);
insert into spans values
('2020-01-01', '2020-01-02'),
('2020-01-01', '2020-01-01'),
('2020-01-02', '2020-01-01'),
(null, '2020-01-01');

create table typed (
    "Id" int,
    "First Name" text,
    plain varchar(10),
    amount numeric(5, 2),
    tags text[],
    made_at timestamptz,
    doc jsonb,
    key uuid,
    "it's" text
);
insert into typed values
(
    1, 'Ann', 'a', 0.1, '{}', '2020-01-01', '{}',
    '00000000-0000-0000-0000-000000000001', ''
),
(
    2, 'Ann', 'b', 0.2, '{}', '2020-01-01', '{}',
    '00000000-0000-0000-0000-000000000002', ''
);

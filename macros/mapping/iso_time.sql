{#
  Purpose: the moment that a text tells, a date or a time in ISO 8601, in UTC where it names no zone; null where it is none: what a
  spreadsheet makes of a date is no error of a cast, and sorts nowhere. Before → after: '2026-11-29' → 2026-11-29 00:00:00+00; '29/11/2026' → null.
#}
{% macro iso_time(text) -%}
    {%- set date = '[1-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])' -%}
    {%- set time = '([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?' -%}
    case
        when {{ text }} ~ '^{{ date }}([T ]{{ time }}(Z|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?)?)?$'
            then case
                when
                    substr({{ text }}, 9, 2)::integer <= extract(
                        day from
                        make_date(substr({{ text }}, 1, 4)::integer, substr({{ text }}, 6, 2)::integer, 1)
                        {#- not as a literal: how a view is printed would depend on intervalstyle #}
                        + make_interval(months => 1, days => -1)
                    )
                    then (
                        {{ text }} || case when substr({{ text }}, 11) ~ '[Z+-]' then '' else ' UTC' end
                    )::timestamptz
            end
    end
{%- endmacro %}

{#
  Purpose: the key of the row that had an id when a decision was made. Reads the CTEs `written` and `left_ids` of `int_match_decisions`.
#}
{% macro row_when_decided(key) -%}
    coalesce((
            select left_ids.kept_key from left_ids
            where
                left_ids.record_key = written.{{ key }}
                and coalesce({{ iso_time('btrim(written.decided_at)') }}, '-infinity') < date_trunc('second', left_ids.left_at)
            order by left_ids.left_at
            limit 1
        ), written.{{ key }})
{%- endmacro %}

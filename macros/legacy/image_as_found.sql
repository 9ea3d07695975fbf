{#
  Purpose: a row of a legacy table (or of the view that rebuilds it) as one JSON object, from which
  the row can be made again byte for byte. The whole row is taken, so that a column added later is in it.
  `to_jsonb` is exact but for two things: a JSON null becomes a plain null, so the columns that
  hold one are listed under `(json null)`; and `json`, or a type nobody declared, keeps its bytes only as text.
  Arguments: `name`, the legacy table; `row`, the alias of the row.
#}
{% macro image_as_found(name, row) -%}
    {%- set columns = legacy_table_columns(name) -%}
    {%- set json = columns | selectattr('data_type', 'equalto', 'jsonb') | list -%}
    {%- set as_text = columns | rejectattr('is_declared') | list -%}
    (
        to_jsonb({{ row }}.*)
        {%- for column in as_text %}
        || jsonb_build_object({{ literal(column.name) }}, {{ row }}.{{ column.quoted }}::text)
        {%- endfor %}
        {%- if json %}
        || case
            when 'null' in ({% for column in json %}{{ row }}.{{ column.quoted }}{{ ', ' if not loop.last }}{% endfor %})
                then jsonb_build_object('{{ json_null_key() }}', array_remove(array[
                    {%- for column in json %}
                    case when {{ row }}.{{ column.quoted }} = 'null' then {{ literal(column.name) }} end{{ ',' if not loop.last }}
                    {%- endfor %}
                ], null))
            else '{}'
        end
        {%- endif %}
    )
{%- endmacro %}

{#
  Purpose: a column of a rebuilt legacy table: what the residual keeps of it, else what the new tables show.
  A residual holds few of the columns, so it is asked for each: making a record of it took twice as long.
  Arguments: `column`, an item of `legacy_table_columns`; `residual`, the residual's name in scope; `shown`, the
  expression for what is shown (null for what no table shows).
#}
{% macro kept_or_shown(column, residual, shown) -%}
    {%- set key = column.name | replace("'", "''") -%}
    case
        when {{ residual }} ? '{{ key }}'
            then {% if column.is_declared and column.data_type == 'jsonb' -%}
            case
                when {{ residual }} -> '{{ json_null_key() }}' ? '{{ key }}' then 'null'
                else nullif({{ residual }} -> '{{ key }}', 'null')
            end
            {%- else -%}
            ({{ residual }} ->> '{{ key }}')::{{ column.data_type }}
            {%- endif %}
        else {{ shown }}::{{ column.data_type }}
    end as {{ column.quoted }}
{%- endmacro %}

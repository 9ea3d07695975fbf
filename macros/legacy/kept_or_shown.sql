{#
  Purpose: a column of a rebuilt legacy table: what the residual keeps of it, else what the new tables show.
  Arguments: `column`, an item of `legacy_table_columns`; `residual`, the residual's name in scope; `kept`, the alias
  of the residual as a record; `shown`, the expression for what is shown (null for what no table shows).
#}
{% macro kept_or_shown(column, residual, kept, shown) -%}
    {%- set key = column.name | replace("'", "''") -%}
    case
        when {{ residual }} ? '{{ key }}'
            then {% if not column.is_declared -%}
            ({{ residual }} ->> '{{ key }}')::{{ column.data_type }}
            {%- elif column.data_type == 'jsonb' -%}
            coalesce(
                {{ kept }}.{{ column.quoted }},
                case when {{ residual }} -> '{{ json_null_key() }}' ? '{{ key }}' then 'null'::jsonb end
            )
            {%- else -%}
            {{ kept }}.{{ column.quoted }}
            {%- endif %}
        else {{ shown }}::{{ column.data_type }}
    end as {{ column.quoted }}
{%- endmacro %}


{# The declared columns of a legacy table as a column definition list: `id uuid, name text, …`. #}
{% macro record_definition(name) -%}
    {%- for column, data_type in declared_source_columns(name).items() -%}
    {{ quoted_name(column) }} {{ data_type }}{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

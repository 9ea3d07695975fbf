{#
  Purpose: what of a legacy row cannot be derived from the new tables: its image without the columns
  that the new tables show byte for byte. Nothing is picked, columns are only taken away, so
  a column that nobody mapped stays in by itself. Before → after: name 'Ann ' where 'Ann' is shown, all
  else equal → {"name": "Ann "}.
  Arguments: `name`, the legacy table; `base`, the alias of its base view; `shown`, the alias of the
  view that shows the persona in the table's shape; `columns`, what that view shows; `others`, columns that are
  kept elsewhere.
#}
{% macro residual(name, base, shown, columns, others=[]) -%}
    {%- set types = declared_source_columns(name) -%}
    (
        {{ base }}.as_found - array[
            {%- for column in others %}
            '{{ column }}',
            {%- endfor %}
            {%- for column in columns %}
            case when {{ equal_image(base ~ '.' ~ column, shown ~ '.' ~ column, types.get(column, '')) }} then '{{ column }}' end{{ ',' if not loop.last }}
            {%- endfor %}
        ]
    )
{%- endmacro %}


{#
  Purpose: whether two values are the same bytes, nulls included. Only JSON and numeric have values that
  are equal and yet differ (1.0 and 1.00); for all else the plain comparison says the same, faster.
#}
{% macro equal_image(left, right, data_type) -%}
    {%- if data_type == 'jsonb' or data_type.startswith('numeric') -%}
    record_image_eq(row({{ left }})::record, row({{ right }})::record)
    {%- else -%}
    {{ left }} is not distinct from {{ right }}
    {%- endif -%}
{%- endmacro %}

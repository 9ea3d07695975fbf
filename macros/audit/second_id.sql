{# The id that the persona of a legacy row gets where the row's own id is another table's persona already (law 4). #}
{% macro second_id(source_table, source_id) -%}
    (
            select (left(digits, 12) || '8' || substr(digits, 14, 3) || '8' || substr(digits, 18, 15))::uuid
            from encode(sha256(convert_to({{ source_table }} || ':' || {{ source_id }}, 'UTF8')), 'hex') as digits
        )
{%- endmacro %}

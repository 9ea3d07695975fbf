{#
  Purpose: what the stated cleaning (`cleaning` in `seeds/column_mapping.csv`) makes of a legacy value, as JSON; null
  where nothing is left. Written apart from macros/cleaning, which it checks.
  Arguments: `value`, the legacy value as JSON; `cleaning`, an expression: text, label, json or none.
#}
{% macro cleaned_value(value, cleaning) -%}
    case {{ cleaning }}
        when 'text' then to_jsonb({{ without_blank_ends(value ~ " #>> '{}'") }})
        when 'label' then to_jsonb({{ on_one_line(value ~ " #>> '{}'") }})
        when 'json'
            then nullif(
                -- only a string can have JSON in it; calling a function for all else takes as long as all the rest
                case jsonb_typeof({{ value }}) when 'string' then {{ function('decoded_json') }}({{ value }}) else {{ value }} end,
                'null'
            )
        else nullif({{ value }}, 'null')
    end
{%- endmacro %}


{# Before → after: '\u00a0Ann  L\u200bee ' → 'Ann Lee'; ' ' → null. #}
{% macro on_one_line(text) -%}
    nullif(array_to_string(array_remove(regexp_split_to_array({{ seen(text) }}, '{{ blank_characters() }}+'), ''), ' '), '')
{%- endmacro %}


{# Whether two JSON values are the same bytes: 1.0 and 1.00 are not. Nulls are equal. #}
{% macro same_json(left, right) -%}
    record_image_eq(row({{ left }})::record, row({{ right }})::record)
{%- endmacro %}

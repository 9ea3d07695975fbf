{#
  Purpose: whether a jsonb value is a string whose text is a JSON array or object: by a pattern instead of by unwrapping
  it, so that the proof does not believe `unwrap_json`. Two levels of arrays and objects are seen through, and a string
  around the string. Before → after: '"[\"a\"]"' → true; '"[not json"' → false.
#}
{% macro is_wrapped_json(value) -%}
    {%- set blank = '[ \\t\\r\\n]*' -%}
    {%- set text = '"(?:[^"\\\\\\x01-\\x1f]|\\\\(?:["\\\\/bfnrt]|u(?!0000|[dD][89a-fA-F])[0-9a-fA-F]{4}))*"' -%}
    {%- set scalar = '(?:' ~ text ~ '|-?(?:0|[1-9][0-9]{0,30})(?:\\.[0-9]{1,30})?|true|false|null)' -%}
    {%- set flat = _json_collection(scalar, text, blank) -%}
    {%- set nested = _json_collection('(?:' ~ scalar ~ '|' ~ flat ~ ')', text, blank) -%}
    (
        jsonb_typeof({{ value }}) = 'string'
        and case
            when {{ value }} #>> '{}' ~ '^{{ blank }}{{ text }}{{ blank }}$'
                then ({{ value }} #>> '{}')::jsonb #>> '{}'
            else {{ value }} #>> '{}'
        end ~ '^{{ blank }}{{ nested }}{{ blank }}$'
    )
{%- endmacro %}


{# A pattern for arrays and objects of elements that a pattern describes. #}
{% macro _json_collection(element, text, blank) -%}
    {%- set member = text ~ blank ~ ':' ~ blank ~ element -%}
    (?:\[{{ blank }}(?:{{ element }}(?:{{ blank }},{{ blank }}{{ element }})*)?{{ blank }}\]|\{
    {{- blank }}(?:{{ member }}(?:{{ blank }},{{ blank }}{{ member }})*)?{{ blank }}\})
{%- endmacro %}

{#
  Purpose: whether a text (as JSON) still has what the stated cleaning takes away: blanks at its ends, nothing but
  blanks or what nobody sees, and in labels every other blank than single spaces. What is shown as it was has no residual, so only
  this tells that it was not cleaned. Before → after: '" P001"' → true; '"P001"' → false.
  Arguments: `value`; `key`, its name.
#}
{% macro is_unclean(value, key) -%}
    {%- set text = "(" ~ value ~ " #>> '{}')" -%}
    (
        {{ text }} = ''
        or left({{ text }}, 1) || right({{ text }}, 1) ~ '[{{ blank_characters()[1:-1] }}{{ unseen_characters()[1:-1] }}]'
        or ({{ key }} in ('title', 'organization') and {{ text }} <> {{ on_one_line(text) }})
    )
{%- endmacro %}

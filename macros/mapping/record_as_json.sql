{#
  Purpose: a legacy row in its one shape as a reader of the review queue sees it: one JSON object, what is null has no
  key. Argument: `row`, an alias of `int_persona_records`.
#}
{% macro record_as_json(row) -%}
    ({{ row }}.profile || {{ record_profile(row, [
        'unique_id', 'name', 'title', 'organization', 'description', 'decision_authority', 'responsibilities',
        'pain_points', 'goals'
    ]) }})
{%- endmacro %}

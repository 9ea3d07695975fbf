{#
  Every character that Unicode calls white space, and three that show nothing at all, as a class of a regular
  expression. Written anew, so that the proof does not believe the cleaning that it checks.
#}
{% macro blank_characters() -%}
    [\s\u0085\u00a0\u1680\u2000-\u200b\u2028\u2029\u202f\u205f\u2060\u3000\ufeff]
{%- endmacro %}


{# Before → after: '\u00a0 P001 ' → 'P001'; ' ' → null. #}
{% macro without_blank_ends(text) -%}
    nullif(regexp_replace({{ text }}, '^{{ blank_characters() }}+|{{ blank_characters() }}+$', '', 'g'), '')
{%- endmacro %}


{# Whether a text has any character that shows. A null has none. #}
{% macro has_letters(text) -%}
    coalesce({{ text }} ~ '[^{{ blank_characters()[1:-1] }}]', false)
{%- endmacro %}


{# What two labels have in common that differ in white space and case only. 'Ann\u00a0 LEE ' → 'ann lee'; ' ' → null. #}
{% macro folded(text) -%}
    nullif(btrim(lower(regexp_replace({{ text }}, '{{ blank_characters() }}+', ' ', 'g'))), '')
{%- endmacro %}

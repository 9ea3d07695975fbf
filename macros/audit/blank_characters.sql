{#
  The characters that part words, or stand for nothing at an end: all that Unicode calls white space, and three blanks of other scripts.
  As a class of a regular expression. Written anew, so that the proof does not believe the cleaning that it checks; and without `\s`,
  which is not the same on every server.
#}
{% macro blank_characters() -%}
    [\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u2800\u3000\u3164\uffa0]
{%- endmacro %}


{# The characters that nobody sees, and that take no room, likewise. #}
{% macro unseen_characters() -%}
    [\u0001-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\u00ad\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]
{%- endmacro %}


{# Both, without the brackets. #}
{% macro _nothing_shown() -%}
    {{ blank_characters()[1:-1] }}{{ unseen_characters()[1:-1] }}
{%- endmacro %}


{# Before → after: '\u00a0 P001 ' → 'P001'; ' ' → null; '\u200b' → null. #}
{% macro without_blank_ends(text) -%}
    nullif(regexp_replace({{ text }}, '^[{{ _nothing_shown() }}]+|[{{ _nothing_shown() }}]+$', '', 'g'), '')
{%- endmacro %}


{# Whether a text has any character that shows. A null has none. #}
{% macro has_letters(text) -%}
    coalesce({{ text }} ~ '[^{{ _nothing_shown() }}]', false)
{%- endmacro %}


{#
  Without what nobody sees; but two letters that lie behind Latin in Unicode keep a joiner between them, since Persian, Indic scripts,
  Mongolian and old Korean are spelt with them, and emoji are made with them. 'Di\u200brec\u200dtor' → 'Director'.
#}
{% macro seen(text) -%}
    {%- set joiner = '[\u115f\u1160\u180e\u200c\u200d]' -%}
    {%- set others = '[\u0001-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]' -%}
    {%- set far_letter = '[^\u0001-\u024f\u115f\u1160\u1680\u180e\u2000-\u206f\u2800\u3000\u3164\ufeff\uffa0]' -%}
    regexp_replace({{ text }}, '{{ joiner }}(?!{{ far_letter }})|(?<!{{ far_letter }}){{ joiner }}|{{ others }}', '', 'g')
{%- endmacro %}


{# What two labels have in common that differ in white space, what nobody sees, and case only. 'Ann\u00a0 LEE ' → 'ann lee'; ' ' → null. #}
{% macro folded(text) -%}
    nullif(btrim(lower(regexp_replace({{ seen(text) }}, '{{ blank_characters() }}+', ' ', 'g'))), '')
{%- endmacro %}

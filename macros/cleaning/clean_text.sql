{#
  Every character that Unicode calls white space, and three blanks of other scripts (Braille, Hangul), as the body of an SQL
  string `E'…'`. The plain space comes last, so that the list also works inside a regular expression's brackets.
  (`\u000b`, not `\v`: on PostgreSQL 15, `E'\v'` is the letter v.)
#}
{% macro white_space_characters() -%}
    \t\n\u000b\f\r\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u2800\u3000\u3164\uffa0{{ ' ' }}
{%- endmacro %}


{# What has no width and says nothing, likewise: control characters, soft hyphen, zero width space, marks of direction, word joiner, byte order mark. #}
{% macro marks_without_width() -%}
    \u0001-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff
{%- endmacro %}


{#
  What has no width, and is part of the spelling between two letters of Persian, Indic scripts, Mongolian or old Korean, and of an emoji:
  joiner, non-joiner, vowel separator, fillers. Beside a Latin letter, a blank or at an end it says nothing.
#}
{% macro joining_characters() -%}
    \u115f\u1160\u180e\u200c\u200d
{%- endmacro %}


{# Text without what has no width: 'Di\u200brector' → 'Director'. #}
{% macro without_marks(column) -%}
    {%- set spelt -%}
        [^\u0001-\u024f\u1680\u2000-\u206f\u2800\u3000\u3164\ufeff\uffa0{{ joining_characters() }}]
    {%- endset -%}
    regexp_replace({{ column }}, E'[{{ marks_without_width() }}]|(?<!{{ spelt }})[{{ joining_characters() }}]|[{{ joining_characters() }}](?!{{ spelt }})', '', 'g')
{%- endmacro %}


{# `btrim` knows no ranges: '\u0001-\u0003' → '\u0001\u0002\u0003'. #}
{% macro _one_by_one(characters) -%}
    {%- set state = namespace(first=none) -%}
    {%- for code in characters.strip().split('\\u')[1:] -%}
        {%- set last = code[:4] | int(base=16) -%}
        {%- for each in range(last if state.first is none else state.first, last + 1) -%}\u{{ '%04x' % each }}{%- endfor -%}
        {%- set state.first = last + 1 if code.endswith('-') else none -%}
    {%- endfor -%}
{%- endmacro %}


{#
  Purpose: free text without white space, or what has no width, at its ends; a text that shows nothing says nothing and becomes null.
  Before → after: ' two\n lines\u00a0' → 'two\n lines'; ' ' → null; '\u200b' → null.
#}
{% macro clean_text(column) -%}
    nullif(btrim({{ column }}, E'{{ _one_by_one(marks_without_width() ~ joining_characters()) }}{{ white_space_characters() }}'), '')
{%- endmacro %}


{#
  Purpose: a name, title or other label on one line: what has no width is gone, each run of white space is one plain space,
  none at the ends; a blank label becomes null.
  Before → after: 'Dr.\u00a0Rachel  Thom\u200bpson ' → 'Dr. Rachel Thompson'.
#}
{% macro clean_label(column) -%}
    nullif(btrim(regexp_replace({{ without_marks(column) }}, E'[{{ white_space_characters() }}]+', ' ', 'g')), '')
{%- endmacro %}


{#
  Purpose: JSON as it was meant: double encoding undone, a JSON null (which says nothing) as null.
  Before → after: '"[\"a\"]"' → '["a"]'; 'null' → null; '"plain text"' stays.
#}
{% macro clean_json(column) -%}
    case jsonb_typeof({{ column }})
        when 'string' then {{ function('unwrap_json') }}({{ column }})
        when 'null' then null
        else {{ column }}
    end
{%- endmacro %}

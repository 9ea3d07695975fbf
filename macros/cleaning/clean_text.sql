{#
  Every character that Unicode calls white space, and three that show nothing at all
  (zero width space, word joiner, byte order mark), as the body of an SQL string `E'…'`.
  The plain space comes last, so that the list also works inside a regular expression's brackets.
  (`\u000b`, not `\v`: on PostgreSQL 15, `E'\v'` is the letter v.)
#}
{% macro white_space_characters() -%}
    \t\n\u000b\f\r\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\u200b\u2060\ufeff{{ ' ' }}
{%- endmacro %}


{#
  Purpose: free text without white space at its ends; a blank text says nothing and becomes null.
  Before → after: ' two\n lines\u00a0' → 'two\n lines'; ' ' → null.
#}
{% macro clean_text(column) -%}
    nullif(btrim({{ column }}, E'{{ white_space_characters() }}'), '')
{%- endmacro %}


{#
  Purpose: a name, title or other label on one line: each run of white space is one plain space,
  none at the ends; a blank label becomes null.
  Before → after: 'Dr.\u00a0Rachel  Thompson ' → 'Dr. Rachel Thompson'.
#}
{% macro clean_label(column) -%}
    nullif(btrim(regexp_replace({{ column }}, E'[{{ white_space_characters() }}]+', ' ', 'g')), '')
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

{#
  Purpose: what counts of the text of a view. PostgreSQL prints a view in another way after a dump and a restore, and in another version: with other
  casts, parentheses, qualified names and inner aliases. So these are taken out, and the names and types of its columns put in front.
  Argument: `view`, an SQL expression, its oid. `src/personas/proof/last_build.py` has the same.
#}
{% macro view_text(view) -%}
    (
        select string_agg(attname || ' ' || regexp_replace(format_type(atttypid, atttypmod), '^("[^"]+"|[a-z_0-9]+)\.', ''), ',' order by attnum)
        from pg_attribute where attrelid = {{ view }} and attnum > 0
    )
    || regexp_replace(
        regexp_replace(
            pg_get_viewdef({{ view }}),
            '::("[^"]+"|[a-z_0-9]+)(\.("[^"]+"|[a-z_0-9]+))?( (varying|precision|with time zone|without time zone))?(\([0-9, ]+\))?(\[\])*| AS ("[^"]+"|[a-z_0-9]+)',
            '', 'g'
        ),
        '("[^"]+"|[a-z_0-9]+)\.|[\s()]', '', 'g'
    )
{%- endmacro %}


{# The database and version in which a view is printed as it was: in another one only what counts of its text is compared. #}
{% macro where_views_are_printed() -%}
    (select oid from pg_database where datname = current_database()) || '.' || current_setting('server_version_num')::integer / 10000
{%- endmacro %}

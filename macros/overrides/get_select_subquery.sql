{#
  Purpose: with `--empty`, an incremental table that is not there yet is made without rows: dual-write can then be switched
  on before the first build reads. (`ref` reads whole relations even then.) Overrides dbt's macro of this name.
#}
{% macro postgres__get_select_subquery(sql) %}
    {{ default__get_select_subquery(sql) }}
    {%- if flags.EMPTY %}
    where false
    {%- endif %}
{% endmacro %}

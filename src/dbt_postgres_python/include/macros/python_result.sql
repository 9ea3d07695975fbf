{#
  Purpose: where the result of a Python model goes, as JSON in a comment below its code.
  Arguments: `relation`, which does not exist yet; `temporary`.
  With an enforced contract the table gets its columns and constraints as an SQL model's table does; a temporary one,
  from which rows are taken over into the real one, only their types.
#}
{% macro python_result(relation, temporary=false) %}
    {%- set contract = config.get('contract') -%}
    {%- set is_enforced = (contract.enforced if contract else false) -%}
    {%- set kind = 'temporary ' if temporary else ('unlogged ' if config.get('unlogged', default=false) else '') -%}
    {%- set definition = none -%}
    {%- if is_enforced and not temporary -%}
        {%- set definition = get_table_columns_and_constraints() | string -%}
    {%- endif -%}
# dbt_postgres_python: where its result goes
# {{ tojson({
    'relation': relation | string,
    'create': 'create ' ~ kind ~ 'table ' ~ relation,
    'definition': definition,
    'is_enforced': is_enforced
}) }}
{%- endmacro %}

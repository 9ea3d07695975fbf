{#
  Purpose: a snapshot takes a legacy column of any name and any type. Overrides dbt's macros of these names.
  dbt asks the information schema, which says `ARRAY`, `USER-DEFINED` or `bit` of a column that is `text[]`, an enum or `bit(3)`. Only
  `character varying` stays as dbt has it, which can widen such a column.
#}
{% macro postgres__get_columns_in_relation(relation) -%}
    {#- as dbt's own, a statement that begins the transaction: a seed without rows has no other -#}
    {%- call statement('get_columns_in_relation', fetch_result=true) %}
        select
            attname,
            case when atttypid = 'varchar'::regtype then 'character varying' else format_type(atttypid, atttypmod) end as data_type,
            case when atttypid = 'varchar'::regtype and atttypmod > 4 then atttypmod - 4 end as size
        from pg_attribute
        inner join pg_class on attrelid = pg_class.oid
        where
            attnum > 0
            and not attisdropped
            and relname = {{ literal(relation.identifier) }}
            and {% if relation.schema %}relnamespace = (select oid from pg_namespace where nspname = {{ literal(relation.schema) }})
            {%- else %}relnamespace = pg_my_temp_schema(){% endif %}
        order by attnum
    {% endcall -%}
    {%- set columns = [] -%}
    {%- for row in load_result('get_columns_in_relation').table.rows -%}
        {%- do columns.append(api.Column(row.attname, row.data_type, row.size)) -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}


{#
  dbt compares with `!=`, which `json`, `xml` or `point` do not have, and which takes 1.0 and 1.00 for equal. The image of the values has none
  of this; where a column got another type, it is their text.
#}
{% macro snapshot_check_strategy(node, snapshotted_rel, current_rel, model_config, target_exists) %}
    {%- set added, names = false, [] -%}
    {%- if target_exists -%}
        {%- set present = {} -%}
        {%- for column in adapter.get_columns_in_relation(this) -%}{%- do present.update({column.name: column.data_type}) -%}{%- endfor -%}
        {%- set read = {} -%}
        {%- for column in adapter.get_columns_in_relation(source('legacy', node.name | replace('snapshot_', ''))) -%}
            {%- do read.update({column.name: column.data_type}) -%}
        {%- endfor -%}
        {%- set added = read.keys() | reject('in', present) | list | length > 0 -%}
        {%- for name, data_type in read.items() if name in present -%}
            {%- do names.append(adapter.quote(name) ~ ('::text' if present[name] != data_type else '')) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set row_changed -%}
    (
        {%- if added or not names %}
        true
        {%- else %}
        row({% for name in names %}{{ snapshotted_rel }}.{{ name }}{{ ', ' if not loop.last }}{% endfor %})::record
        *<> row({% for name in names %}{{ current_rel }}.{{ name }}{{ ', ' if not loop.last }}{% endfor %})::record
        {%- endif %}
    )
    {%- endset -%}
    {%- set key, hard_deletes = config.get('unique_key'), adapter.get_hard_deletes_behavior(config) -%}
    {{ return({
        'unique_key': key,
        'updated_at': snapshot_get_time(),
        'row_changed': row_changed,
        'scd_id': snapshot_hash_arguments(api.Relation.scd_args(key, snapshot_get_time())),
        'invalidate_hard_deletes': hard_deletes == 'invalidate',
        'hard_deletes': hard_deletes
    }) }}
{% endmacro %}


{# New columns, without making readers wait. #}
{% macro postgres__create_columns(relation, columns) %}
    {%- set statements = [] -%}
    {%- for column in columns -%}
        {%- do statements.append('alter table ' ~ relation ~ ' add column ' ~ adapter.quote(column.name) ~ ' ' ~ column.data_type) -%}
    {%- endfor -%}
    {%- do run_with_short_locks('the columns of ' ~ relation.identifier, statements) -%}
{% endmacro %}

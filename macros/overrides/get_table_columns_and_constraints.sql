{#
  Purpose: a new mart is created with its columns, types, defaults and `not null`, and filled;
  its other constraints follow in the same transaction (`ensure_contract`). Validated as a whole,
  a foreign key costs a join instead of a look-up per row, and the legacy table it points at is
  locked against writers for that moment instead of for the whole load.
  Overrides dbt's macro of this name, which renders all constraints into `create table`.
#}
{% macro postgres__get_table_columns_and_constraints() %}
    ({{ adapter.render_raw_columns_constraints(raw_columns=model.columns) | join(', ') }})
{% endmacro %}

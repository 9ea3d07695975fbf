{#
  Purpose: law 9. Stops the model before it writes, when too many rows would go at once: a
  source that is suddenly empty, hidden or half loaded is likelier than that much deletion.
  Arguments: the target, the new rows, their keys, which old rows may be removed, and which
  changes of a row count as a loss (`{'of': …, 'lost': …, 'is': …}`, see `personas`).
#}
{% macro stop_mass_loss(target, source, keys, removes_where, loses) %}
    {%- if var('allow_mass_loss') or (removes_where == 'false' and not loses) -%}{{ return('') }}{%- endif -%}
    {%- set counted -%}
        with new_rows as (select * from {{ source }})
        {%- if loses %}
        select
            (select count(*) from {{ target }} as old_row where {{ loses.of }}) as present,
            (
                select count(*) from {{ target }} as old_row
                inner join new_rows as new_row on {{ _keys_equal(keys) }}
                where {{ loses.of }} and {{ loses.lost }}
            ) as lost
        {%- else %}
        select
            (select count(*) from {{ target }} where origin = 'legacy') as present,
            (
                select count(*) from {{ target }} as old_row
                where
                    ({{ removes_where }})
                    and not exists (select from new_rows as new_row where {{ _keys_equal(keys) }})
            ) as lost
        {%- endif -%}
    {%- endset -%}
    {%- set figures = run_query(counted).rows[0] -%}
    {%- if figures.lost > var('mass_loss_rows') and figures.lost * 100 > figures.present * var('mass_loss_percent') -%}
        {%- do exceptions.raise_compiler_error(
            'Stopped before writing: this build would ' ~ (loses.is if loses else 'remove') ~ ' '
            ~ figures.lost ~ ' of ' ~ figures.present ~ ' rows of ' ~ target.identifier ~ ', more than '
            ~ var('mass_loss_percent') ~ ' %. Look whether the legacy tables are whole; if they are, allow it with '
            ~ "--vars 'allow_mass_loss: true'."
        ) -%}
    {%- endif -%}
{% endmacro %}

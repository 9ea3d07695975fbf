{#
  Purpose: `relationships` for a table that a legacy database may lack. Where it is absent its staging
  view is empty, and pointers at it prove nothing; where it has rows, each pointer meets one of them.
  Arguments: `to`, the staging view pointed at; `field`, its key. Nulls point at nothing and pass.
#}
{% test points_at_row_of(model, column_name, to, field) %}
select pointing.{{ column_name }}
from {{ model }} as pointing
where
    pointing.{{ column_name }} is not null
    and exists (select from {{ to }})
    and not exists (select from {{ to }} as pointed_at where pointed_at.{{ field }} = pointing.{{ column_name }})
{% endtest %}

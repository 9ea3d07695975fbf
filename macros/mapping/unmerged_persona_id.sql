{#
  Purpose: the persona id that a new legacy row gets by itself (law 4): the first of the ids below that no other row has.
  A uuid may stand in both tables, and another tenant's row may have the id of one that was deleted.
  Argument: `records`, the name of a relation in scope with `source_table`, `source_id` and `tenant_id`, whose rows are not in `history`.
#}
{% macro unmerged_persona_id(records) -%}
    case
        when
            not exists (select from history as earlier where earlier.unmerged_persona_id = {{ records }}.source_id)
            and not exists (
                select from {{ records }} as twins
                where
                    twins.source_id = {{ records }}.source_id
                    and twins.source_table = 'dh_personas'
                    and {{ records }}.source_table = 'org_personas'
            )
            then {{ records }}.source_id
        when not exists (select from history as earlier where earlier.unmerged_persona_id = {{ id_of_row(records) }})
            then {{ id_of_row(records) }}
        else {{ id_of_tenants_row(records) }}
    end
{%- endmacro %}


{# These ids as rows of a `values` list, with their order. #}
{% macro possible_persona_ids(records) -%}
    ({{ records }}.source_id, 1), ({{ id_of_row(records) }}, 2), ({{ id_of_tenants_row(records) }}, 3)
{%- endmacro %}


{# A uuid of version 8 made from table name and id. #}
{% macro id_of_row(records) -%}
    {{ uuid_version_8(records ~ ".source_table || ':' || " ~ records ~ '.source_id') }}
{%- endmacro %}


{# One made from the tenant as well. #}
{% macro id_of_tenants_row(records) -%}
    {{ uuid_version_8(
        records ~ ".source_table || ':' || " ~ records ~ ".source_id || ':' || coalesce(" ~ records ~ ".tenant_id::text, '')"
    ) }}
{%- endmacro %}


{#
  The key under which a row that went is kept when another tenant's row has its id: made from the persona id that is its own.
  Argument: `clusters`, the name of a relation in scope with `source_table` and `unmerged_persona_id`.
#}
{% macro kept_source_id(clusters) -%}
    {{ uuid_version_8(clusters ~ ".source_table || ':' || " ~ clusters ~ '.unmerged_persona_id') }}
{%- endmacro %}


{# A uuid of version 8 (RFC 9562) from the SHA-256 of a text expression. #}
{% macro uuid_version_8(text) -%}
    overlay(
            overlay(
                encode(substring(sha256(convert_to({{ text }}, 'UTF8')) for 16), 'hex')
                placing '8' from 13 for 1
            )
            placing '8' from 17 for 1
        )::uuid
{%- endmacro %}

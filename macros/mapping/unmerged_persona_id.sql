{#
  Purpose: the persona id that a new legacy row gets by itself (law 4): the first of the ids below that no other row has.
  A uuid may stand in both tables, and another tenant's row may have the id of one that was deleted.
  Argument: `records`, the name of a relation in scope with `source_table`, `source_id` and `tenant_id`, whose rows are not in `history`.
#}
{% macro unmerged_persona_id(records) -%}
    {%- set ids = _possible_persona_ids(records) -%}
    case
        when
            not exists (select from history as earlier where earlier.unmerged_persona_id = {{ ids[0] }})
            and not exists (
                select from {{ records }} as twins
                where
                    twins.source_id = {{ records }}.source_id
                    and twins.source_table = 'dh_personas'
                    and {{ records }}.source_table = 'org_personas'
            )
            then {{ ids[0] }}
        when not exists (select from history as earlier where earlier.unmerged_persona_id = {{ ids[1] }})
            then {{ ids[1] }}
        else {{ ids[2] }}
    end
{%- endmacro %}


{# The persona ids that a legacy row can have by itself, and in which order, as rows of a `values` list. #}
{% macro possible_persona_ids(records) -%}
    {%- for id in _possible_persona_ids(records) %}({{ id }}, {{ loop.index }}){{ ', ' if not loop.last }}{% endfor -%}
{%- endmacro %}


{# Its own id; a uuid of version 8 made from table name and id; one made from the tenant as well. #}
{% macro _possible_persona_ids(records) %}
    {%- set key = records ~ ".source_table || ':' || " ~ records ~ '.source_id' -%}
    {{ return([
        records ~ '.source_id',
        uuid_version_8(key),
        uuid_version_8(key ~ " || ':' || coalesce(" ~ records ~ ".tenant_id::text, '')")
    ]) }}
{% endmacro %}


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

{#
  Purpose: the persona id that a new legacy row gets by itself: its own id. Should the same uuid
  stand in the other table as well, or already be another row's persona, a uuid of version 8
  made from table name and id (law 4).
  Argument: `records`, the name of a relation in scope with `source_table` and `source_id`.
#}
{% macro unmerged_persona_id(records) -%}
    case
        when
            exists (
                select from {{ records }} as twins
                where
                    twins.source_id = {{ records }}.source_id
                    and twins.source_table = 'dh_personas'
                    and {{ records }}.source_table = 'org_personas'
            )
            or exists (
                select from history as earlier
                where
                    earlier.unmerged_persona_id = {{ records }}.source_id
                    and earlier.source_table <> {{ records }}.source_table
            )
            then {{ uuid_version_8(records ~ ".source_table || ':' || " ~ records ~ '.source_id') }}
        else {{ records }}.source_id
    end
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

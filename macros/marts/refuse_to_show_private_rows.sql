{#
  Purpose: law 5. What came from a private row is shown to nobody else. Mapping rows that were born
  in the new world follow a persona that is merged (`carry_to_surviving_persona`); those of a private
  persona that is merged with a shared one would become visible to all, so the build stops.
  Runs in the transaction that has just written `int_persona_clusters`, which the error takes back.
#}
{% macro refuse_to_show_private_rows() %}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- for mapping in ['persona_industry_mapping', 'persona_role_mapping', 'persona_jtbd_mapping'] -%}
        {%- set mart = load_relation(this.incorporate(path={'schema': target.schema, 'identifier': mapping})) -%}
        {%- set query -%}
            select new_row.persona_id
            from {{ mart }} as new_row
            inner join {{ this }} as clusters on new_row.persona_id = clusters.unmerged_persona_id
            where
                new_row.origin = 'new'
                and clusters.persona_id <> clusters.unmerged_persona_id
                and not clusters.contributes
            order by new_row.persona_id
            limit 1
        {%- endset -%}
        {%- for row in (run_query(query).rows if mart else []) -%}
            {%- do exceptions.raise_compiler_error(
                'Stopped before writing: persona ' ~ row.persona_id ~ ' is private and has rows of its own in ' ~ mapping
                ~ ', which merging it with a shared persona would show to others. Delete them, or the decision in'
                ~ ' seeds/match_decisions.csv.'
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
{% endmacro %}

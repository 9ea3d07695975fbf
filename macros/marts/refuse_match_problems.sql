{#
  Purpose: a decision that names an unknown row, contradicts another one, or would merge two
  tenants stops the build before anything is merged, and is named.
  Argument: `problems`, the relation `int_match_problems`.
#}
{% macro refuse_match_problems(problems) %}
    {%- if execute and flags.WHICH != 'clone' and run_query('select 1 from ' ~ ref('match_decisions') ~ ' limit 1').rows | length > 0 -%}
        {%- set found = run_query('select * from ' ~ problems ~ ' order by line_number, left_key').rows -%}
        {%- if found | length > 0 -%}
            {%- set first = found[0] -%}
            {%- do exceptions.raise_compiler_error(
                'seeds/match_decisions.csv, line ' ~ first.line_number ~ ': ' ~ (first.left_key or '(blank)') ~ ' and ' ~ (first.right_key or '(blank)')
                ~ (' (decided by ' ~ first.decided_by ~ ')' if first.decided_by else '') ~ ': ' ~ first.problem
                ~ ('; and ' ~ (found | length - 1) ~ ' more' if found | length > 1 else '')
                ~ '. See relation ' ~ problems.include(database=false) ~ '; mend or remove the decision.'
            ) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}

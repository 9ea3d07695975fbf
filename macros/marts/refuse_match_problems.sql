{#
  Purpose: a decision that names an unknown row, contradicts another one, or would merge two
  tenants stops the build before anything is merged. The rows: relation `int_match_problems`.
#}
{% macro refuse_match_problems() %}
    {%- if execute and run_query('select from ' ~ ref('match_decisions') ~ ' limit 1').rows | length > 0 -%}
        {%- set problems = run_query('select * from ' ~ ref('int_match_problems') ~ ' order by 1, 2').rows -%}
        {%- if problems | length > 0 -%}
            {%- set first = problems[0] -%}
            {%- do exceptions.raise_compiler_error(
                'seeds/match_decisions.csv: ' ~ first.left_key ~ ' and ' ~ first.right_key
                ~ (' (decided by ' ~ first.decided_by ~ ')' if first.decided_by else '') ~ ': ' ~ first.problem
                ~ ('; and ' ~ (problems | length - 1) ~ ' more' if problems | length > 1 else '')
                ~ '. See relation int_match_problems; mend or remove the decision.'
            ) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}

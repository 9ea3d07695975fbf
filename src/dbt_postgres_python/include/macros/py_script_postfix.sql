{#
  Purpose: what dbt knows of a Python model, as JSON in a comment below its code: what `ref` and `source` stand for,
  the table it makes, and whether rows are added to that. Comes before dbt's macro of this name, which appends
  functions and classes that a model's own names may collide with.
  References are rendered whole, so that `--empty` and `--sample` mean what they mean in an SQL model.
#}
{% macro py_script_postfix(model) %}
    {%- set refs = {} -%}
    {%- for ref_args in model.refs -%}
        {%- set names = [ref_args.get('package'), ref_args['name']] if ref_args.get('package') else [ref_args['name']] -%}
        {%- set version = ['v' ~ ref_args['version']] if ref_args.get('version') else [] -%}
        {%- do refs.update({(names + version) | join('.'): ref(*names, v=ref_args.get('version')) | string}) -%}
    {%- endfor -%}
    {%- set sources = {} -%}
    {%- for names in model.sources -%}
        {%- do sources.update({names | join('.'): source(*names) | string}) -%}
    {%- endfor -%}
# dbt_postgres_python: what dbt knows of this model
# {{ tojson({
    'refs': refs,
    'sources': sources,
    'this': {
        'relation': this | string,
        'database': this.database,
        'schema': this.schema,
        'identifier': this.identifier
    },
    'is_incremental': is_incremental()
}) }}
{% endmacro %}

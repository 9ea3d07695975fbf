{#
  Purpose: what the project was when a build ran, so that a later change of it is seen without dbt: path → checksum.
  For models, seeds, functions and singular tests it is dbt's own (SHA-256 of the file's text, stripped); for files of
  macros and generic tests the MD5 of their blocks, sorted. YAML files have none in dbt's graph.
#}
{% macro project_files() %}
    {%- set files = {} -%}
    {%- for node in graph.nodes.values() | list + graph.functions.values() | list -%}
        {%- set path = node.original_file_path -%}
        {%- if node.package_name == project_name and path.split('.')[-1] in ('sql', 'csv') and node.checksum.name == 'sha256' -%}
            {%- do files.update({path: node.checksum.checksum}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set blocks = {} -%}
    {%- for generator in context[project_name].values() -%}
        {%- do blocks.setdefault(generator.macro.original_file_path, []).append(generator.macro.macro_sql) -%}
    {%- endfor -%}
    {%- for path, texts in blocks.items() -%}
        {%- do files.update({path: local_md5(texts | sort(case_sensitive=true) | join('\n'))}) -%}
    {%- endfor -%}
    {{ return(files) }}
{% endmacro %}

{#
  Purpose: an empty file is no seed without rows, but one that was lost; dbt would say "a callable raised a StopIteration
  exception". Runs before anything is built. The sum is the SHA-256 of nothing.
#}
{% macro check_seed_files() %}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set of_nothing = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' -%}
    {%- for seed in graph.nodes.values() if seed.resource_type == 'seed' and seed.checksum.checksum == of_nothing -%}
        {%- do exceptions.raise_compiler_error(
            seed.original_file_path ~ ' is empty. If it is to have no rows, its only line must be: '
            ~ seed.config.column_types.keys() | join(',')
        ) -%}
    {%- endfor -%}
{% endmacro %}

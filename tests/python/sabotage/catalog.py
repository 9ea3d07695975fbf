"""The faults, as replacements in files of a copy of the project."""

from dataclasses import dataclass

_STAGED_DH = "models/staging/stg_dh_personas.sql"
_STAGED_ORG = "models/staging/stg_org_personas.sql"
_RECORDS = "models/intermediate/int_persona_records.sql"
_DESCRIBED = "models/intermediate/int_personas_described.sql"
_CLUSTERS = "models/intermediate/int_persona_clusters.sql"
_INDUSTRIES = "models/intermediate/int_industries.sql"
_CLEANING = "macros/cleaning/clean_text.sql"
_PRECEDENCE = "macros/mapping/first_by_precedence.sql"
_RESIDUAL = "macros/legacy/residual.sql"


@dataclass(frozen=True)
class Sabotage:
    """One fault: (file, text, text instead), and the checks that must be red, each of them.

    `stops` instead, where the build itself must refuse: words of its message.
    """

    name: str
    changes: tuple[tuple[str, str, str], ...]
    red: tuple[str, ...] = ()
    stops: str = ""


SABOTAGES = (
    Sabotage(
        "a column is dropped",
        ((_RECORDS, "'key_need', 'decision_cycle'", "'decision_cycle'"),),
        ("fidelity",),
    ),
    Sabotage(
        "two labels are swapped",
        (
            (_STAGED_DH, "clean_label('title')", "clean_label('@')"),
            (_STAGED_DH, "clean_label('organization')", "clean_label('title')"),
            (_STAGED_DH, "clean_label('@')", "clean_label('organization')"),
        ),
        ("fidelity",),
    ),
    Sabotage(
        "two JSON columns are swapped",
        (
            (_STAGED_ORG, "clean_json('pain_points')", "clean_json('@')"),
            (_STAGED_ORG, "clean_json('goals')", "clean_json('pain_points')"),
            (_STAGED_ORG, "clean_json('@')", "clean_json('goals')"),
        ),
        ("fidelity",),
    ),
    Sabotage(
        "texts are truncated at 50",
        ((_CLEANING, "nullif(btrim({{ column }}, E'", "nullif(btrim(left({{ column }}, 50), E'"),),
        ("fidelity",),
    ),
    Sabotage(
        "texts are trimmed too much: full stops as well",
        ((_CLEANING, "nullif(btrim({{ column }}, E'", "nullif(btrim({{ column }}, E'.)("),),
        ("fidelity",),
    ),
    Sabotage(
        "the lines of a background are made one",
        ((_STAGED_DH, "clean_text('background')", "clean_label('background')"),),
        ("fidelity",),
    ),
    Sabotage(
        "the crosswalk is joined by another column",
        ((_DESCRIBED, "lower(survivors.decision_authority)", "lower(survivors.title)"),),
        ("fidelity",),
    ),
    Sabotage(
        "the crosswalk is joined case by case",
        ((_DESCRIBED, "lower(survivors.decision_authority)", "survivors.decision_authority"),),
        ("fidelity",),
    ),
    Sabotage(
        "where the crosswalk has no entry, a word of its own is shown",
        (
            (
                _DESCRIBED,
                "        authority.decision_authority,",
                "        coalesce(authority.decision_authority, 'MEDIUM') as decision_authority,",
            ),
        ),
        ("fidelity",),
    ),
    Sabotage(
        "roles are joined by id alone",
        (
            (
                "models/intermediate/int_persona_roles.sql",
                "            clusters.source_table = 'org_personas'\n            and clusters",
                "            clusters",
            ),
        ),
        ("relationship_parity",),
    ),
    Sabotage(
        "records are joined by id alone",
        (
            (
                _DESCRIBED,
                "clusters.source_table = records.source_table\n            and clusters.source_id",
                "clusters.source_id",
            ),
        ),
        stops="int_persona",
    ),
    Sabotage(
        "every name is Unknown Persona",
        (
            (
                _DESCRIBED,
                "coalesce(survivors.name, survivors.title, survivors.code, survivors.name_as_found) as name",
                "'Unknown Persona'::text as name",
            ),
        ),
        ("fidelity", "shown_values"),
    ),
    Sabotage(
        "a blank description is called unknown",
        (
            (
                _DESCRIBED,
                "survivors.description,",
                "coalesce(survivors.description, 'unknown') as description,",
            ),
        ),
        ("fidelity",),
    ),
    Sabotage(
        "every profile is empty", ((_DESCRIBED, "survivors.profile ||", "'{}'::jsonb ||"),), ("fidelity",)
    ),
    Sabotage(
        "precedence is turned round",
        (
            (
                _PRECEDENCE,
                "(array_agg({{ column }} order by precedence)",
                "(array_agg({{ column }} order by precedence desc)",
            ),
        ),
        ("fidelity",),
    ),
    Sabotage(
        "the tenant is ignored",
        ((_DESCRIBED, "        survivors.tenant_id,\n", "        null::uuid as tenant_id,\n"),),
        stops="personas_unique_id_excl",
    ),
    Sabotage(
        "the tenant is lost where the unique_id allows it",
        (
            (
                _DESCRIBED,
                "        survivors.tenant_id,\n",
                "        case when survivors.unique_id ~ '(n|1)$' "
                "then survivors.tenant_id end as tenant_id,\n",
            ),
        ),
        ("fidelity", "shown_values", "relationship_parity"),
    ),
    Sabotage(
        "every persona is public",
        ((_DESCRIBED, "survivors.tenant_id is null as is_public", "true as is_public"),),
        ("shown_values",),
    ),
    Sabotage(
        "JSON is not unwrapped",
        ((_CLEANING, "{{ function('unwrap_json') }}({{ column }})", "{{ column }}"),),
        ("shown_values",),
    ),
    Sabotage(
        "non-breaking spaces are not cleaned", ((_CLEANING, "\\u0085\\u00a0", "\\u0085"),), ("shown_values",)
    ),
    Sabotage(
        "labels are not cleaned at all",
        ((_STAGED_DH, "{{ clean_label('name') }} as name", "nullif(name, '') as name"),),
        ("shown_values",),
    ),
    Sabotage(
        "the canonical industry is turned round",
        (
            (
                _INDUSTRIES,
                "industries.industry_code = canonical.industry_code",
                "industries.industry_code = canonical.@",
            ),
            (_INDUSTRIES, "canonical.canonical_industry_code =", "canonical.industry_code ="),
            (_INDUSTRIES, "canonical.@", "canonical.canonical_industry_code"),
        ),
        ("relationship_parity",),
    ),
    Sabotage(
        "the canonical industry is ignored",
        ((_INDUSTRIES, "coalesce(canonical_industries.id, industries.id)", "industries.id"),),
        ("relationship_parity",),
    ),
    Sabotage(
        "two of the industry-specific ids are ignored",
        (
            (
                "models/intermediate/int_persona_industries.sql",
                "        on records.industry_codes ? columns.column_name\n",
                "        on records.industry_codes ? columns.column_name and columns.position <= 3\n",
            ),
        ),
        ("relationship_parity", "fidelity"),
    ),
    Sabotage(
        "the second pointer of jobs is ignored",
        (("models/intermediate/int_job_links.sql", "where persona_dh_id is not null", "where false"),),
        ("relationship_parity", "row_accounting"),
    ),
    Sabotage(
        "only the first pointer's jobs are shown",
        (
            (
                "models/intermediate/int_persona_jobs.sql",
                "where clusters.contributes",
                "where clusters.contributes and job_links.pointer = 'persona_id'",
            ),
        ),
        ("relationship_parity", "fidelity"),
    ),
    Sabotage(
        "is_active is ignored",
        ((_RECORDS, "case when is_active is false then updated_at end as", "null::timestamptz as"),),
        ("fidelity", "shown_values"),
    ),
    Sabotage(
        "private rows contribute to shared personas",
        (
            (
                _CLUSTERS,
                "placed.tenant_id is null\n"
                "        or not bool_or(placed.tenant_id is null) over (partition by placed.place) as",
                "true as",
            ),
        ),
        ("shown_values",),
    ),
    Sabotage(
        "residuals never keep a column",
        ((_RESIDUAL, "{%- for column in others %}", "{%- for column in others + ['notes'] %}"),),
        ("round_trip",),
    ),
    Sabotage(
        "residuals keep what is shown",
        (
            (
                _RESIDUAL,
                "case when {{ equal_image(",
                "case when '{{ column }}' <> 'sector' and {{ equal_image(",
            ),
        ),
        ("fidelity",),
    ),
    Sabotage(
        "a key of the profile is renamed",
        (
            (
                _DESCRIBED,
                "survivors.profile ||",
                "(survivors.profile - 'organization') || jsonb_strip_nulls("
                "jsonb_build_object('company', survivors.profile -> 'organization')) ||",
            ),
        ),
        ("fidelity", "shown_values"),
    ),
    Sabotage(
        "a key is renamed, on the way back as well",
        (
            (
                _DESCRIBED,
                "survivors.profile ||",
                "(survivors.profile - 'organization') || jsonb_strip_nulls("
                "jsonb_build_object('company', survivors.profile -> 'organization')) ||",
            ),
            (
                "models/legacy/shown_dh_personas.sql",
                "    fields.organization,",
                "    fields.company as organization,",
            ),
            ("models/legacy/shown_dh_personas.sql", "        organization text,", "        company text,"),
        ),
        ("shown_values",),
    ),
    Sabotage(
        "two labels are swapped, on the way back as well",
        (
            (_STAGED_DH, "clean_label('title')", "clean_label('@')"),
            (_STAGED_DH, "clean_label('organization')", "clean_label('title')"),
            (_STAGED_DH, "clean_label('@')", "clean_label('organization')"),
            (
                "models/legacy/shown_dh_personas.sql",
                "    fields.title,\n    fields.organization,",
                "    fields.organization as title,\n    fields.title as organization,",
            ),
        ),
        ("round_trip",),
    ),
    Sabotage(
        "two numbers are swapped, on the way back as well",
        (
            (
                _STAGED_DH,
                "    ease_score,\n    strategic_score,",
                "    strategic_score as ease_score,\n    ease_score as strategic_score,",
            ),
            (
                "models/legacy/shown_dh_personas.sql",
                "    fields.ease_score,\n    fields.strategic_score,",
                "    fields.strategic_score as ease_score,\n    fields.ease_score as strategic_score,",
            ),
        ),
        ("round_trip",),
    ),
    Sabotage(
        "a number becomes a text",
        (
            (
                _DESCRIBED,
                "survivors.profile ||",
                "survivors.profile || jsonb_build_object('tier', survivors.profile ->> 'tier') ||",
            ),
        ),
        ("shown_values",),
    ),
    Sabotage(
        "times lose their microseconds",
        (
            (
                _DESCRIBED,
                "        survivors.created_at,",
                "        date_trunc('second', survivors.created_at) as created_at,",
            ),
        ),
        ("fidelity",),
    ),
    Sabotage(
        "times are taken for another zone's",
        (
            (
                _DESCRIBED,
                "        survivors.updated_at,",
                "        survivors.updated_at at time zone 'UTC' at time zone 'Europe/Paris' as updated_at,",
            ),
        ),
        ("fidelity",),
    ),
    Sabotage(
        "seniority comes from the name alone",
        ((_DESCRIBED, "role_seniority.seniority_level,", "null,"),),
        ("shown_values",),
    ),
    Sabotage(
        "equal names and organisations are enough to merge",
        (
            ("models/intermediate/int_exact_matches.sql", "lower(records.title) as title", "'' as title"),
            ("models/intermediate/int_exact_matches.sql", "lower(records.name) as name", "'' as name"),
        ),
        ("integrity",),
    ),
    Sabotage(
        "nothing merges by itself",
        (("models/intermediate/int_exact_matches.sql", "having count(*) > 1", "having count(*) > 100"),),
        ("integrity",),
    ),
    Sabotage(
        "personas get new ids",
        (
            (
                "macros/mapping/unmerged_persona_id.sql",
                "then {{ records }}.source_id",
                "then gen_random_uuid()",
            ),
        ),
        ("integrity",),
    ),
)

/*
What is this?        Each row is an industry of a legacy row (`industry_id`, or that of a filled industry-specific
                     id column) that is no industry of its persona, or the other way round; one that is primary in
                     only one of the two; or an industry-specific id that is kept neither in that mapping
                     (`industry_specific_id`, `industry_metadata`) nor, where the database has no such industry, in
                     the persona's `profile`.
When does it matter? The first attempt failed on a missing industry and dropped `meddev_id` and `dx_id`;
                     applications look personas up by these ids.
How to resolve?      Look at the seeds industry_id_columns and industry_canonical, then at int_persona_industries.
                     Rows that a tenant keeps private in a shared persona are left out on purpose, in
                     audit_legacy_rows as well.
*/
select * from {{ ref('audit_relationship_parity') }}
where
    relationship in ('industry', 'industry_id')
    or relationship in (select column_name from {{ ref('industry_id_columns') }})

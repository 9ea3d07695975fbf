-- corruption: null becomes an empty text
-- red: round_trip
-- hidden: fidelity
-- victims: select id from alone_dh where description is null and (legacy).background is null
update personas.personas set description = '' from victim where personas.id = victim.id;

-- corruption: a text becomes null
-- red: round_trip
-- hidden: fidelity
-- victims: select id from alone_dh where not residual ? 'background' and description <> ''
update personas.personas set description = null from victim where personas.id = victim.id;

-- corruption: an empty array becomes null
-- red: round_trip
-- hidden: fidelity
-- victims: select id from alone_dh where not residual ? 'goals' and goals = '[]'
update personas.personas set goals = null from victim where personas.id = victim.id;

-- corruption: null becomes an empty array
-- red: round_trip
-- hidden: fidelity
-- victims: select id from alone_org where goals is null and (legacy).goals is null
update personas.personas set goals = '[]' from victim where personas.id = victim.id;

-- corruption: a space behind a name
-- red: round_trip
-- hidden: fidelity
-- victims: select id from alone_dh where name = (legacy).name
update personas.personas set name = name || ' ' from victim where personas.id = victim.id;

-- corruption: a non-breaking space in a shown name
-- red: round_trip
-- hidden: fidelity
-- victims: select id from alone_dh where name = (legacy).name and name like '% %'
update personas.personas set name = replace(name, ' ', U&'\00A0') from victim where personas.id = victim.id;

-- corruption: a name's non-breaking space is shown as it was
-- hidden: shown_values
-- victims: select id, (legacy).name from alone_dh where (legacy).name ~ '\w\u00a0\w'
update personas.personas set name = victim.name from victim where personas.id = victim.id;

-- corruption: blanks around a text in the profile are shown as they were
-- hidden: shown_values
-- victims: select id, fields.key, fields.value
-- victims: from alone_dh, jsonb_each(to_jsonb(alone_dh.legacy)) as fields
-- victims: where profile ? fields.key and fields.value #>> '{}' ~ '^\s|\s$' and jsonb_typeof(fields.value) = 'string'
update personas.personas set profile = profile || jsonb_build_object(victim.key, victim.value)
from victim where personas.id = victim.id;

-- corruption: an empty text in the profile is shown as it was
-- hidden: shown_values
-- victims: select id, fields.key, fields.value
-- victims: from alone_dh, jsonb_each(to_jsonb(alone_dh.legacy)) as fields
-- victims: where not profile ? fields.key and fields.value = '""' and fields.key in ('notes', 'key_need', 'budget', 'team', 'sector', 'focus')
update personas.personas set profile = profile || jsonb_build_object(victim.key, victim.value)
from victim where personas.id = victim.id;

-- corruption: a blank description is shown as it was
-- hidden: shown_values
-- victims: select id, (legacy).background from alone_dh where description is null and (legacy).background is not null
update personas.personas set description = victim.background from victim where personas.id = victim.id;

-- corruption: a name in capitals
-- red: round_trip
-- hidden: fidelity
-- victims: select id from alone_dh where not residual ? 'name' and name <> upper(name)
update personas.personas set name = upper(name) from victim where personas.id = victim.id;

-- corruption: a title in another case, inside the profile
-- red: round_trip
-- hidden: fidelity
-- victims: select id from alone_dh where not residual ? 'title' and profile ->> 'title' <> lower(profile ->> 'title')
update personas.personas set profile = jsonb_set(profile, '{title}', to_jsonb(lower(profile ->> 'title')))
from victim where personas.id = victim.id;

-- corruption: NFC becomes NFD
-- red: round_trip
-- hidden: fidelity
-- victims: select id from alone_dh where not residual ? 'name' and name <> normalize(name, nfd)
update personas.personas set name = normalize(name, nfd) from victim where personas.id = victim.id;

-- corruption: NFD becomes NFC
-- red: round_trip
-- hidden: fidelity
-- victims: select id from alone_dh where not residual ? 'name' and name <> normalize(name, nfc)
-- victims: union all select id from alone_org where not residual ? 'name' and name <> normalize(name, nfc)
update personas.personas set name = normalize(name, nfc) from victim where personas.id = victim.id;

-- corruption: a letter becomes one that looks the same
-- red: round_trip
-- hidden: fidelity
-- victims: select id from alone_dh where not residual ? 'name' and name like '%a%'
update personas.personas set name = replace(name, 'a', U&'\0430') from victim where personas.id = victim.id;

-- corruption: line ends become CRLF
-- red: round_trip
-- hidden: fidelity
-- victims: select id from alone_dh where not residual ? 'background' and description like E'%_\n_%'
update personas.personas set description = replace(description, E'\n', E'\r\n') from victim where personas.id = victim.id;

-- corruption: a unique_id is cleaned
-- red: round_trip
-- hidden: fidelity
-- victims: select id from alone_dh where not residual ? 'unique_id' and unique_id like U&'%\00A0%'
-- victims: union all select id from alone_org where not residual ? 'unique_id' and unique_id like U&'%\00A0%'
update personas.personas set unique_id = replace(unique_id, U&'\00A0', ' ') from victim where personas.id = victim.id;

-- corruption: created a microsecond later
-- red: round_trip
-- hidden: fidelity
-- victims: select id from alone_dh
update personas.personas set created_at = created_at + interval '1 microsecond' from victim where personas.id = victim.id;

-- corruption: the microseconds are cut off
-- red: round_trip
-- hidden: fidelity
-- victims: select id from alone_dh where created_at <> date_trunc('milliseconds', created_at)
-- victims: union all select id from alone_org where created_at <> date_trunc('milliseconds', created_at)
update personas.personas set created_at = date_trunc('milliseconds', created_at) from victim where personas.id = victim.id;

-- corruption: an instant shifted by an hour
-- red: round_trip
-- hidden: fidelity
-- victims: select id from alone_org
update personas.personas set updated_at = updated_at + interval '1 hour' from victim where personas.id = victim.id;

-- corruption: a merged persona is younger than its oldest row
-- hidden: fidelity
-- victims: select persona_id as id from personas.persona_source_mapping where source_deleted_at is null
-- victims: and source_table = 'dh_personas' group by persona_id having count(*) > 1
update personas.personas set created_at = created_at + interval '1 microsecond' from victim where personas.id = victim.id;

-- corruption: created and updated swapped
-- red: round_trip
-- hidden: fidelity
-- victims: select id from alone_org where not residual ? 'created_at' and created_at <> updated_at
update personas.personas set created_at = updated_at, updated_at = created_at from victim where personas.id = victim.id;

-- corruption: 7.50 becomes 7.5
-- red: shown_values
-- victims: select id from alone_dh where profile ->> 'priority_score' like '%.%0'
update personas.personas
set profile = jsonb_set(profile, '{priority_score}', to_jsonb(trim_scale((profile ->> 'priority_score')::numeric)))
from victim where personas.id = victim.id;

-- corruption: a number inside a JSON value loses its scale
-- hidden: fidelity
-- victims: select id from alone_dh where concat(goals, pain_points) ~ '\d\.0\M'
update personas.personas set
    goals = regexp_replace(goals::text, '(\d)\.0+\M', '\1')::jsonb,
    pain_points = regexp_replace(pain_points::text, '(\d)\.0+\M', '\1')::jsonb
from victim where personas.id = victim.id;

-- corruption: a number as a text, inside the profile
-- red: shown_values
-- victims: select id from alone_dh where profile ? 'tier'
update personas.personas set profile = jsonb_set(profile, '{tier}', to_jsonb(profile ->> 'tier'))
from victim where personas.id = victim.id;

-- corruption: a whole number with a decimal point, inside the profile
-- red: shown_values
-- victims: select id from alone_dh where profile ? 'tier'
update personas.personas set profile = jsonb_set(profile, '{tier}', ((profile ->> 'tier') || '.0')::jsonb)
from victim where personas.id = victim.id;

-- corruption: a number one too high
-- red: round_trip
-- hidden: fidelity
-- victims: select id from alone_dh where profile ? 'value_score'
update personas.personas
set profile = jsonb_set(profile, '{value_score}', to_jsonb((profile ->> 'value_score')::integer + 1))
from victim where personas.id = victim.id;

-- corruption: a key of the profile is lost
-- red: round_trip
-- hidden: fidelity
-- victims: select id from alone_dh where not residual ? 'organization' and profile ? 'organization'
update personas.personas set profile = profile - 'organization' from victim where personas.id = victim.id;

-- corruption: a key of the profile is renamed
-- red: round_trip, shown_values
-- hidden: fidelity, shown_values
-- victims: select id from alone_dh where not residual ? 'title' and profile ? 'title'
update personas.personas set profile = profile - 'title' || jsonb_build_object('job_title', profile -> 'title')
from victim where personas.id = victim.id;

-- corruption: a key deep inside the profile is lost
-- red: round_trip
-- hidden: fidelity
-- victims: select id, key from (
-- victims:     select id, profile, residual from alone_dh union all select id, profile, residual from alone_org
-- victims: ) as found, jsonb_each(profile) as fields
-- victims: where not residual ? key and case jsonb_typeof(value) when 'object' then value <> '{}' end
update personas.personas
set profile = jsonb_set(
    profile, array[victim.key],
    (profile -> victim.key) - (select min(name) from jsonb_object_keys(profile -> victim.key) as name)
)
from victim where personas.id = victim.id;

-- corruption: an array reordered
-- red: round_trip
-- hidden: fidelity
-- victims: select id from alone_dh where not residual ? 'pain_points' and jsonb_typeof(pain_points) = 'array' and pain_points -> 0 <> pain_points -> -1
update personas.personas
set pain_points = (
    select jsonb_agg(value order by position desc) from jsonb_array_elements(pain_points) with ordinality as e (value, position)
)
from victim where personas.id = victim.id;

-- corruption: an element lost from an array
-- red: round_trip
-- hidden: fidelity
-- victims: select id from alone_dh where not residual ? 'pain_points' and jsonb_typeof(pain_points) = 'array' and pain_points <> '[]'
update personas.personas set pain_points = pain_points - 0 from victim where personas.id = victim.id;

-- corruption: an element twice in an array
-- red: round_trip
-- hidden: fidelity
-- victims: select id from alone_dh where jsonb_typeof(responsibilities) = 'array' and responsibilities <> '[]'
-- victims: and not residual ? 'responsibilities'
update personas.personas set responsibilities = responsibilities || (responsibilities -> 0)
from victim where personas.id = victim.id;

-- corruption: JSON wrapped into a string
-- red: round_trip, shown_values
-- hidden: fidelity, shown_values
-- victims: select id from alone_dh where goals = (legacy).goals and jsonb_typeof(goals) = 'array'
update personas.personas set goals = to_jsonb(goals::text) from victim where personas.id = victim.id;

-- corruption: an unwrapped value is wrapped again
-- hidden: shown_values
-- victims: select id, (legacy).goals from alone_dh
-- victims: where jsonb_typeof((legacy).goals) = 'string' and jsonb_typeof(goals) = 'array'
update personas.personas set goals = victim.goals from victim where personas.id = victim.id;

-- corruption: JSON wrapped into a string, inside the profile
-- red: round_trip, shown_values
-- hidden: fidelity, shown_values
-- victims: select id from alone_dh where not residual ? 'behaviors' and jsonb_typeof(profile -> 'behaviors') = 'array'
update personas.personas set profile = jsonb_set(profile, '{behaviors}', to_jsonb(profile ->> 'behaviors'))
from victim where personas.id = victim.id;

-- corruption: null becomes a JSON null
-- red: round_trip, shown_values
-- victims: select id from alone_org where goals is null and (legacy).goals is null
update personas.personas set goals = 'null' from victim where personas.id = victim.id;

-- corruption: a JSON null is shown as it was
-- hidden: shown_values
-- victims: select id from alone_org where (legacy).pain_points = 'null'
-- victims: union all select id from alone_dh where (legacy).pain_points = 'null'
update personas.personas set pain_points = 'null' from victim where personas.id = victim.id;

-- corruption: a JSON null inside the profile
-- red: shown_values
-- victims: select id from alone_dh where not profile ? 'notes'
update personas.personas set profile = profile || '{"notes": null}' from victim where personas.id = victim.id;

-- corruption: two columns swapped, inside the profile
-- red: round_trip
-- hidden: fidelity
-- victims: select id from alone_dh where not residual ? 'title' and not residual ? 'organization' and profile ->> 'title' <> profile ->> 'organization'
update personas.personas
set profile = profile
|| jsonb_build_object('title', profile -> 'organization', 'organization', profile -> 'title')
from victim where personas.id = victim.id;

-- corruption: two JSON columns swapped
-- red: round_trip
-- hidden: fidelity
-- victims: select id from alone_dh where not residual ? 'pain_points' and not residual ? 'responsibilities' and pain_points <> responsibilities
update personas.personas set pain_points = responsibilities, responsibilities = pain_points
from victim where personas.id = victim.id;

-- corruption: a name truncated at 50
-- red: round_trip
-- hidden: fidelity
-- victims: select id from alone_dh where not residual ? 'name' and length(name) > 50 union all select id from alone_org where not residual ? 'name' and length(name) > 50
update personas.personas set name = left(name, 50) from victim where personas.id = victim.id;

-- corruption: a description truncated at 50
-- hidden: fidelity
-- victims: select id from alone_dh where length(description) > 50
-- victims: union all select id from alone_org where length(description) > 50
update personas.personas set description = left(description, 50) from victim where personas.id = victim.id;

-- corruption: a title truncated at 50
-- red: round_trip
-- hidden: fidelity
-- victims: select id from alone_dh where length(profile ->> 'title') > 50 and not residual ? 'title'
update personas.personas set profile = jsonb_set(profile, '{title}', to_jsonb(left(profile ->> 'title', 50)))
from victim where personas.id = victim.id;

-- corruption: the wrong entry of the crosswalk
-- hidden: fidelity
-- victims: select id from alone_dh where decision_authority = 'HIGH'
update personas.personas set decision_authority = 'LOW' from victim where personas.id = victim.id;

-- corruption: no decision authority although the crosswalk has an entry
-- hidden: fidelity
-- victims: select id from alone_dh where decision_authority is not null
update personas.personas set decision_authority = null from victim where personas.id = victim.id;

-- corruption: a decision authority shown as it was, uncrosswalked
-- hidden: shown_values
-- victims: select id, (legacy).decision_authority from alone_dh
-- victims: where (legacy).decision_authority <> coalesce(decision_authority, '')
-- victims: and (legacy).decision_authority ~ '^\w'
update personas.personas set decision_authority = victim.decision_authority from victim where personas.id = victim.id;

-- corruption: another seniority level
-- red: shown_values
-- victims: select id from alone_dh where seniority_level is not null
update personas.personas set seniority_level = 'Entry' from victim where personas.id = victim.id;

-- corruption: a person called an archetype, or the reverse
-- red: shown_values
-- victims: select id from alone_org
update personas.personas
set persona_type = case persona_type when 'archetype' then 'individual' else 'archetype' end
from victim where personas.id = victim.id;

-- corruption: an author that nobody knows
-- red: shown_values
-- victims: select id from alone_org
update personas.personas set created_by = 'import' from victim where personas.id = victim.id;

-- corruption: an overridden value is shown as before
-- red: shown_values
-- victims: select persona_id as id from personas.persona_overrides where field = 'seniority_level'
update personas.personas set seniority_level = null from victim where personas.id = victim.id;

-- corruption: a value that a person set has lost its override
-- red: fidelity
-- victims: select persona_id as id from personas.persona_overrides where field = 'decision_authority'
delete from personas.persona_overrides using victim where persona_id = victim.id;

-- corruption: a level that a person set has lost its override
-- red: shown_values
-- victims: select persona_id as id from personas.persona_overrides where field = 'seniority_level'
delete from personas.persona_overrides using victim where persona_id = victim.id;

-- corruption: a value of a loser of a merge is shown
-- hidden: fidelity
-- victims: select one.persona_id as id, dh_personas.background from personas.persona_source_mapping as one
-- victims: inner join public.dh_personas on one.source_id = dh_personas.id and one.source_table = 'dh_personas'
-- victims: inner join personas.personas on one.persona_id = personas.id
-- victims: where one.source_id <> one.persona_id and background <> '' and background <> description
-- victims: and background = btrim(background, E' \n\u00a0')
update personas.personas set description = victim.background from victim where personas.id = victim.id;

-- corruption: a legacy value changed after the build
-- red: round_trip
-- victims: select id from public.dh_personas
update public.dh_personas set notes = notes || '.' , unique_id = unique_id || '.' from victim where dh_personas.id = victim.id;

-- corruption: a value of no legacy row, in a column that its table has not
-- red: shown_values
-- victims: select id from alone_dh
update personas.personas set profile = profile || '{"department": "Nowhere"}' from victim where personas.id = victim.id;

-- corruption: a text of a job-to-be-done is shown as it was
-- hidden: shown_values
-- victims: select links.persona_id as id, links.target_id as jtbd_id, old.typical_frequency
-- victims: from personas.persona_link_source_mapping as links inner join public.jtbd_org_persona_mapping as old on source_id = old.id
-- victims: where typical_frequency ~ '\s$' and residual ? 'typical_frequency' and source_deleted_at is null
update personas.persona_jtbd_mapping as mapping set typical_frequency = victim.typical_frequency
from victim where mapping.persona_id = victim.id and mapping.jtbd_id = victim.jtbd_id;

-- corruption: the barriers of a job-to-be-done are wrapped again
-- hidden: shown_values
-- victims: select links.persona_id as id, links.target_id as jtbd_id, old.adoption_barriers
-- victims: from personas.persona_link_source_mapping as links inner join public.jtbd_org_persona_mapping as old on source_id = old.id
-- victims: where jsonb_typeof(adoption_barriers) = 'string' and residual ? 'adoption_barriers' and source_deleted_at is null
update personas.persona_jtbd_mapping as mapping set adoption_barriers = victim.adoption_barriers
from victim where mapping.persona_id = victim.id and mapping.jtbd_id = victim.jtbd_id;

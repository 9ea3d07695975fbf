-- corruption: a residual is lost
-- red: round_trip
-- victims: select source_id as id from personas.persona_source_mapping where residual <> '{}' and source_deleted_at is null
update personas.persona_source_mapping set residual = '{}' from victim where source_id = victim.id;

-- corruption: every residual is lost
-- red: round_trip
update personas.persona_source_mapping set residual = '{}';

-- corruption: a value is lost from a residual
-- red: round_trip
-- victims: select source_id as id, key from personas.persona_source_mapping, jsonb_object_keys(residual) as key
-- victims: where source_deleted_at is null and key <> '(json null)'
-- victims: and (residual -> key <> 'null' or residual -> '(json null)' ? key)
update personas.persona_source_mapping set residual = residual - victim.key from victim where source_id = victim.id;

-- corruption: a residual's null is lost, and what is shown instead is taken for the old value
-- red: round_trip
-- victims: select source_id as id, key from personas.persona_source_mapping, jsonb_object_keys(residual) as key
-- victims: where source_deleted_at is null and residual -> key = 'null' and not coalesce(residual -> '(json null)' ? key, false)
update personas.persona_source_mapping set residual = residual - victim.key from victim where source_id = victim.id;

-- corruption: which nulls were JSON nulls is forgotten
-- red: round_trip
-- victims: select source_id as id from personas.persona_source_mapping where residual ? '(json null)'
update personas.persona_source_mapping set residual = residual - '(json null)' from victim where source_id = victim.id;

-- corruption: an SQL null is called a JSON null
-- red: round_trip
-- victims: select alone_dh.id from alone_dh where (legacy).tags is null and not residual ? '(json null)'
update personas.persona_source_mapping set residual = residual || '{"tags": null, "(json null)": ["tags"]}'
from victim where source_id = victim.id;

-- corruption: a stale residual
-- red: round_trip
-- victims: select source_id as id, key from personas.persona_source_mapping, jsonb_each(residual) as fields
-- victims: where source_deleted_at is null and jsonb_typeof(value) = 'string' and key in ('name', 'title', 'background', 'notes')
update personas.persona_source_mapping
set residual = jsonb_set(residual, array[victim.key], to_jsonb((residual ->> victim.key) || ' (old)'))
from victim where source_id = victim.id;

-- corruption: a residual cleaned
-- red: round_trip
-- victims: select source_id as id, key from personas.persona_source_mapping, jsonb_each(residual) as fields
-- victims: where source_deleted_at is null and value #>> '{}' ~ '\u00a0'
update personas.persona_source_mapping
set residual = jsonb_set(residual, array[victim.key], to_jsonb(replace(residual ->> victim.key, U&'\00A0', ' ')))
from victim where source_id = victim.id;

-- corruption: a residual's JSON unwrapped
-- red: round_trip
-- victims: select source_id as id, key from personas.persona_source_mapping, jsonb_each(residual) as fields
-- victims: where source_deleted_at is null and value #>> '{}' ~ '^\["\w+"\]$' and jsonb_typeof(value) = 'string'
update personas.persona_source_mapping
set residual = jsonb_set(residual, array[victim.key], (residual ->> victim.key)::jsonb)
from victim where source_id = victim.id;

-- corruption: two residuals swapped
-- red: round_trip
-- victims: select one.source_id as a, one.residual as of_a, two.source_id as b, two.residual as of_b
-- victims: from personas.persona_source_mapping as one inner join personas.persona_source_mapping as two
-- victims: on one.source_id < two.source_id and one.source_table = two.source_table and one.residual <> two.residual
-- victims: where one.source_deleted_at is null and two.source_deleted_at is null and one.residual ? 'name'
update personas.persona_source_mapping set residual = case source_id when victim.a then of_b else of_a end
from victim where source_id in (victim.a, victim.b);

-- corruption: a residual keeps what is shown
-- red: fidelity
-- says: redundant
-- victims: select id from alone_dh where not residual ? 'organization'
update personas.persona_source_mapping
set residual = residual || jsonb_build_object('organization', dh_personas.organization)
from victim inner join public.dh_personas using (id) where source_id = victim.id and source_table = 'dh_personas';

-- corruption: a residual keeps what should be shown
-- red: fidelity
-- says: unexplained
-- victims: select id from alone_dh where profile ? 'organization' and not residual ? 'organization'
update personas.persona_source_mapping
set residual = residual || jsonb_build_object('organization', dh_personas.organization)
from victim inner join public.dh_personas using (id) where source_id = victim.id and source_table = 'dh_personas';
update personas.personas set profile = profile - 'organization' from victim where personas.id = victim.id;

-- corruption: residuals keep a whole column that should be shown
-- red: fidelity
-- says: unexplained
update personas.persona_source_mapping
set residual = residual || jsonb_build_object('sector', dh_personas.sector)
from public.dh_personas where source_id = dh_personas.id and source_table = 'dh_personas';
update personas.personas set profile = profile - 'sector';

-- corruption: residuals keep everything, personas show next to nothing
-- hidden: fidelity
update personas.personas
set profile = '{}', description = null, responsibilities = null, pain_points = null, goals = null, decision_authority = null;

-- corruption: a residual keeps a value under a name that is no column
-- red: fidelity
-- victims: select id from alone_dh where profile ? 'notes'
update personas.persona_source_mapping
set residual = residual || jsonb_build_object('remarks', dh_personas.notes)
from victim inner join public.dh_personas using (id) where source_id = victim.id and source_table = 'dh_personas';

-- corruption: the residual of a private row is lost
-- red: round_trip
-- victims: select (private).id from shared_with_private
update personas.persona_source_mapping set residual = '{}' from victim where source_id = victim.id;

-- corruption: a residual wrapped into a string
-- red: integrity
-- says: no object
-- victims: select id from alone_dh where residual <> '{}'
update personas.persona_source_mapping set residual = to_jsonb(residual::text) from victim where source_id = victim.id;

-- corruption: a residual without its microseconds
-- red: round_trip
-- victims: select source_id as id, key from personas.persona_source_mapping, jsonb_each(residual) as fields
-- victims: where source_deleted_at is null and value #>> '{}' ~ '^\d{4}-\d\d-\d\dT.*\.\d{4,6}\D'
update personas.persona_source_mapping
set residual = jsonb_set(residual, array[victim.key], to_jsonb(date_trunc('milliseconds', (residual ->> victim.key)::timestamptz)))
from victim where source_id = victim.id;

-- corruption: the residual of a link is lost
-- red: round_trip
-- victims: select source_id as id from personas.persona_link_source_mapping
-- victims: where residual <> '{}' and source_deleted_at is null
update personas.persona_link_source_mapping set residual = '{}' from victim where source_id = victim.id;

-- corruption: a link's residual keeps what is shown
-- red: fidelity
-- says: redundant
-- victims: select source_id as id, relevance_score from personas.persona_link_source_mapping
-- victims: inner join public.jtbd_org_persona_mapping as links on source_id = links.id
-- victims: where links.relevance_score is not null and not residual ? 'relevance_score'
update personas.persona_link_source_mapping
set residual = residual || jsonb_build_object('relevance_score', victim.relevance_score) from victim where source_id = victim.id;

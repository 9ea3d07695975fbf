"""Record linkage: which records may be one and the same persona.

    pairs = find_pairs(records, role_words, Options(queue_probability=0.005))

`records`: an Arrow table with the columns of `INPUT`, all text, one row per living record: record_key
('dh_personas:<uuid>', unique), tenant_id (null: shared library), name, title, organization, department (dh:
its function), industry_id (canonical), typical_titles (JSON array, or JSON inside a JSON string), role_label
(title of the primary role). Arrow, because dbt's Python models, DuckDB and Spark all take it as it is.
`role_words`: the words that make a name a role (seeds/role_words.csv).

The result: an Arrow table with the columns of `PAIRS`, ordered by left_key, right_key; left_key < right_key;
match_weight (log2 of the odds, 4 digits), match_probability (0 to 1, 6 digits), blocking_rule (in words) and
reasons, a JSON array: the start, then each comparison that was made, in the order of a waterfall:

    {"comparison": "role title",     what was compared; first of all "start"
     "label": "same role title",     what was found, in words
     "weight": 4.5204,               log2 of the Bayes factor; all weights add up to match_weight
     "bayes_factor": 22.95,
     "rarity_weight": -6.06}         the part of weight that comes from how rare the value is

Pairs of two tenants are never produced. What merges by itself (law 5) is not decided here; such pairs are
among the result, or chained to one another by such pairs where very many records are equal (`blocking`). The
same records give the same result, whatever their order and the number of threads.

Modules: schema (columns), words (vocabulary), prepare (normalisation), blocking (who is compared), weights
(how much each agreement says), training (weights from large data), engines (Splink on DuckDB or Spark), pairs
(all of it).
"""

from personas.linking.engines import Spark
from personas.linking.pairs import QUEUE_PROBABILITY, Options, find_pairs
from personas.linking.schema import INPUT, PAIRS, LinkingError

__all__ = ["INPUT", "PAIRS", "QUEUE_PROBABILITY", "LinkingError", "Options", "Spark", "find_pairs"]

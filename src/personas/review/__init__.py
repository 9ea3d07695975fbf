"""`personas review`: people decide which probable pairs are one persona.

`rows`, `decisions` and `rules` are pure; `store` is the file on disk, `queue` the database, `deciding` brings
them together. `page` draws a pair, `walk` is the conversation, `commands` the command line.
"""

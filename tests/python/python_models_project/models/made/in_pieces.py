def model(dbt, session):
    return pieces(dbt.source("src", "people"), session)


def pieces(people, session):
    """An iterator that asks the database between its pieces."""
    for batch in people.batches():
        today = session.sql("select today from src.settings").arrow()["today"][0]
        for begin in range(0, len(batch), 300):
            yield batch.slice(begin, 300).append_column("today", [today] * len(batch.slice(begin, 300)))

"""Applications that write both sides at once, while builds run and everything that can break does."""

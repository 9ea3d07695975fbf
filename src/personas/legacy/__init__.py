"""The parts of the legacy database: its tables, room for them, CSV files into them."""

"""Dual-write: the old and the new tables agree at every commit, whichever side is written."""

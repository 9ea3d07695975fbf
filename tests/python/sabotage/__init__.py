"""Faults put into the forward SQL itself: each is built whole, and the proof must name it."""

"""Entries, ranks, and the board as a static folder."""

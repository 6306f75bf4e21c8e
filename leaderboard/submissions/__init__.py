"""Accounts, what they hand in, and what becomes of it."""

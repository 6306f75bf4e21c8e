"""The ledger: what was scored, against what, by which rules, so that no one can change it."""

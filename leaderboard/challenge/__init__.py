"""A challenge: its rules, its folder, its hidden truth, what participants get."""

"""The queue, and the workers that score what stands in it."""

"""Drawn people: procedural scenes with many faces whose geometry is known exactly."""

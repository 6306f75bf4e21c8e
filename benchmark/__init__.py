"""Tracks, baselines, the evaluation harness, scores."""

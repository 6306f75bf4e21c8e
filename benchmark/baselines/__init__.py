"""Baseline detectors: plain modules with training losses and ``predict``."""

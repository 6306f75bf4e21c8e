"""Forgery methods that are networks: adapters that make a row of a network's file."""

"""Photographs in, forged dataset out."""

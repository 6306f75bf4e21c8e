"""The scoring core: truth and predictions in, tidy records out."""

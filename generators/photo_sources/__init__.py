"""Where photographs come from: the layouts that a build reads, in a table."""

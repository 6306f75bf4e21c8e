"""The pages and files of the published board, one kind a module."""

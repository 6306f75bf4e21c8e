"""What a host runs. Copied into bundles: standard library alone, Python 3.8 or later.

Hosts may have no Python that manyfaces runs on, so it is called as a process of its own.
"""

"""manyfaces: build, detect and rank multi-face forgeries in the wild.

Each component is a subpackage: ``annotations``, ``generators``, ``benchmark``,
``leaderboard`` and ``cli``. Importing this package imports none of them.
"""

__version__ = "0.1.0"
__all__ = ["__version__"]

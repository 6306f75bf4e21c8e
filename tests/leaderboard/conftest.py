from board_fixtures import board, made, scored, scored_once

__all__ = ["board", "made", "scored", "scored_once"]

from board_fixtures import board, made

__all__ = ["board", "made"]

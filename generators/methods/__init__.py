"""The forgery methods, one row of ``GENERATORS`` each."""

"""The one executable. Only this component prints."""

"""What the properties of this folder share."""

from hypothesis import settings

# A slow or busy machine makes no property false.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")

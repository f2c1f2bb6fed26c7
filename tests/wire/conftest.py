"""Settings of the property-based tests."""

from hypothesis import settings

# A deadline an example measures how busy the machine is, not the code.
settings.register_profile("fedkd", deadline=None)
settings.load_profile("fedkd")

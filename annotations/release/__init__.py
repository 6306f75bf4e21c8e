"""From a built dataset to files that may be published, and back out of them on request."""

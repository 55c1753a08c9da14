"""The first frame that a worker process writes."""

READY = b"ready"

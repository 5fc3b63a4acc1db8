"""Use cases of proposals: templates, writing and sending, answering, and what the calendar brings."""

"""Use cases of agreements: writing the terms, answering them, and what the calendar brings."""

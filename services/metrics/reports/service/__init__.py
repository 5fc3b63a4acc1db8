"""Use cases of reports, by what they are about."""

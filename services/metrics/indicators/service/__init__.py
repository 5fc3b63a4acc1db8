"""Use cases of KPIs, by what they are about."""

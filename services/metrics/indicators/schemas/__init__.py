"""KPIs and definitions as they come in and go out, for the API and for the pages' forms."""

"""A service that exists only in the kit's own tests: one table, a page, an API, a webhook and a live section."""

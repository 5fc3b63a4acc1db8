"""An organisation's keys, what was delivered with them, and other ways to report, for people."""

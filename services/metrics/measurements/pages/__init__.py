"""What people look at and do with the ledger."""

"""The kit's database layer: engine and transactions, column types, cursor pages, migrations, history.

Each name is imported from the module that defines it.
"""

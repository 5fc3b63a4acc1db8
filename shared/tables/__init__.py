"""Tables that people keep in spreadsheets: read whatever they save, check it by a schema, write what they can open.

    with open_table(file, "partners.xlsx", titles=known_titles(schema)) as table:
        matched = match_columns(schema, table.titles)
        for checked in check_rows(schema, matched, table): ...

Rows are read and written one by one, so that a long file costs time and not memory.
"""

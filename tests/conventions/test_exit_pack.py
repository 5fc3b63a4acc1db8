"""Whatever is kept about an organisation is in its exit pack or left out for a reason that is written down."""

import services.partners.app  # noqa: F401 - knows every table
from services.partners.database import Base
from services.partners.exits.parts import LEFT_OUT, PARTS

TABLES = {table.name for table in Base.metadata.sorted_tables if "organisation_id" in table.c}
INSIDE = {name for part in PARTS for name in part.tables}


def test_every_table_about_an_organisation_is_in_the_pack_or_left_out_with_a_reason():
    undecided = TABLES - INSIDE - set(LEFT_OUT)
    assert not undecided, f"name these in services/partners/exits/parts.py, in PARTS or in LEFT_OUT: {undecided}"


def test_what_the_pack_names_is_there_and_named_once():
    every = set(Base.metadata.tables)
    assert every >= INSIDE | set(LEFT_OUT)
    assert not INSIDE & set(LEFT_OUT)
    assert all(LEFT_OUT.values())

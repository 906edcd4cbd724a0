"""Nothing of a pool is forgotten when it moves."""

from __future__ import annotations

from sqlalchemy import LargeBinary

import idp.models
from kernel.database import Base
from poolgate.transfer.tables import NOT_EXPORTED, SEALED, TABLES


def test_every_table_of_the_identity_provider_moves_or_says_why_not():
    tables = {
        model.__tablename__
        for name in idp.models.__all__
        if (model := getattr(idp.models, name)).__tablename__
    }
    moved = {table.name for table in TABLES}
    assert moved | {model.__tablename__ for model in NOT_EXPORTED} == tables
    assert tables <= set(Base.metadata.tables)


def test_every_sealed_column_is_sealed_anew():
    sealed = {
        (table.name, column.key)
        for table in TABLES
        for column in table.columns
        if isinstance(column.type, LargeBinary) and column.key.startswith("sealed")
    }
    assert sealed == set(SEALED)


def test_rows_come_after_those_that_they_refer_to():
    order = [table.name for table in TABLES]
    for table in TABLES:
        for key in table.table.foreign_keys:
            assert order.index(key.column.table.name) < order.index(table.name)

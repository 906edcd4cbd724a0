"""What the service model leaves optional may be missing: that is a refusal, not a failure."""

from __future__ import annotations

from typing import Any

import pytest

from idp.errors import InvalidParameter
from idp.user_pools.rules import schema


@pytest.mark.parametrize("attribute", [{}, {"AttributeDataType": "String"}, {"Required": False}])
def test_an_attribute_without_a_name_is_refused(attribute: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameter, match="no name"):
        schema.pool_schema([attribute])
    with pytest.raises(InvalidParameter, match="no name"):
        schema.with_custom_attributes(schema.pool_schema([]), [attribute])

"""How types become JSON Schema, the same way for every document."""

from typing import Any, Final

import msgspec

Json = dict[str, Any]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def components(*kinds: type[msgspec.Struct]) -> dict[str, Json]:
    """Describe these types and all that they hold, by name."""
    _, found = msgspec.json.schema_components(kinds, ref_template="#/$defs/{name}")
    return dict(found)


def closed(shape: Json) -> Json:
    """Let an object have no other members than those that are described."""
    return {**shape, "additionalProperties": False} if "properties" in shape else shape

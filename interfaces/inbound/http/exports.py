"""Evidence in the format that the caller asks for: our own, Chainpoint v3 or v4, tlog-proof."""

from typing import Final

import msgspec
from litestar import Response

from domain.integrity.evidence import Evidence
from domain.integrity.exports import Format, NotAnchored, export
from interfaces.inbound.http.calls import AnyRequest
from interfaces.inbound.http.decoding import decode_query
from interfaces.inbound.http.problems import Problem
from interfaces.inbound.http.rest.commands import JSON
from interfaces.inbound.http.rest.reads import single

CHAINPOINT: Final = "application/vnd.chainpoint.ld+json"
TLOG_PROOF: Final = "application/vnd.c2sp.tlog-proof"
"""Not registered: C2SP names no media type, only the ending .tlog-proof."""

_ACCEPTED: Final[dict[str, Format]] = {CHAINPOINT: "chainpoint-v4", TLOG_PROOF: "tlog-proof"}
_MEDIA_TYPES: Final[dict[Format, str]] = {
    "evidence": JSON,
    "chainpoint-v3": CHAINPOINT,
    "chainpoint-v4": CHAINPOINT,
    "tlog-proof": TLOG_PROOF,
}
_ENDINGS: Final[dict[Format, str]] = {
    "chainpoint-v3": "chp",
    "chainpoint-v4": "chp",
    "tlog-proof": "tlog-proof",
}

_evidence: Final = msgspec.json.Decoder(Evidence).decode


class Wish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The format of the answer; without it the ``Accept`` header decides."""

    format: Format | None = None


def wanted_format(request: AnyRequest) -> Format:
    """Tell the format that the query names, else the first that ``Accept`` does. Raises Problem.

    A Chainpoint of version 3 is accepted as ``…; profile="https://w3id.org/chainpoint/v3"``.
    """
    wish = decode_query(single(request), Wish).format
    if wish is not None:
        return wish
    for part in str(request.headers.get("accept", "")).split(","):
        media_type, _, rest = part.partition(";")
        accepted = _ACCEPTED.get(media_type.strip().lower())
        if accepted is not None:
            return "chainpoint-v3" if "chainpoint/v3" in rest else accepted
    return "evidence"


def exported(bundle: bytes, wanted: Format) -> Response[bytes]:
    """Answer with evidence in a format. Raises Problem ``not_anchored``."""
    headers = {"Vary": "Accept"}
    if wanted != "evidence":
        evidence = _evidence(bundle)
        name = f"event-{evidence.position}.{_ENDINGS[wanted]}"
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
        try:
            bundle = export(evidence, wanted)
        except NotAnchored as error:
            numbers = {"position": evidence.position, "size": evidence.size}
            raise Problem("not_anchored", numbers=numbers) from error
    return Response(bundle, media_type=_MEDIA_TYPES[wanted], headers=headers)

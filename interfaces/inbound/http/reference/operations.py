"""Operations that stand in no table: feed, proofs, upload, health and the list of problems."""

from typing import Any, Final

from interfaces.inbound.http.asof import MEANING
from interfaces.inbound.http.exports import CHAINPOINT, TLOG_PROOF
from interfaces.inbound.http.reference.kycoperations import kyc_operations
from interfaces.inbound.http.rest.commands import PREFIX
from interfaces.inbound.http.rest.registrations import OPERATIONS as REGISTRATIONS

Json = dict[str, Any]

EXPORTS: Final = (CHAINPOINT, TLOG_PROOF)
COMPLETENESS: Final = (
    "A completeness bundle: the last event up to `at` and the proof that none was left out. It"
    " says `complete: false` until a map that reaches so far is anchored; without `at` it is made"
    " for the newest position that one reaches."
)


def plain_operations() -> list[tuple[str, str, Json]]:
    """List path, method and description of each."""
    return [*_feed(), *_proofs(), *_tree(), *_registrations(), *_rest(), *_kyc(), *_providers()]


def _kyc() -> list[tuple[str, str, Json]]:
    return kyc_operations(_operation, _public)


def _feed() -> list[tuple[str, str, Json]]:
    cursor = _query("cursor", "The paging_token of the last record that was read.", "string")
    types = _query("types", "Event types, separated by commas.", "string")
    stream = _query("stream", "One stream, e.g. invoice:FX-INV-23A4F.", "string")
    proof = _query("fields", "`proof` leaves position, body and chain.", "string")
    page = [
        cursor,
        {**_query("order", "Direction.", "string"), "schema": {"enum": ["asc", "desc"]}},
        {
            **_query("limit", "Records of a page.", "integer"),
            "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100},
        },
        types,
        stream,
        proof,
    ]
    last: Json = {
        "name": "Last-Event-ID",
        "in": "header",
        "description": "The position of the last event that was read.",
        "schema": {"type": "integer"},
    }
    read = _operation("ReadFeed", "Read the ordered feed of all events", "Feed")
    read["description"] = (
        "A HAL page; with `Accept: application/x-ndjson` all records to the head, one a line."
        " What the caller's role may not read is `{position, body_hash, chain}`."
    )
    read["parameters"] = page
    read["responses"]["200"] = _content("application/hal+json", "application/x-ndjson")
    follow = _operation("StreamFeed", "Follow the feed as Server-Sent Events", "Feed")
    follow["parameters"] = [cursor, types, stream, proof, last]
    follow["responses"]["200"] = _content("text/event-stream")
    return [("/feed", "get", read), ("/feed/stream", "get", follow)]


def _proofs() -> list[tuple[str, str, Json]]:
    evidence = _operation("GetEvidence", "Take the evidence of one event home", "Proofs")
    evidence["responses"]["200"] = _content("application/json", *EXPORTS)
    evidence["responses"]["409"] = {"$ref": "#/components/responses/Problem409"}
    formats = ("evidence", "chainpoint-v3", "chainpoint-v4", "tlog-proof")
    evidence["parameters"] = [
        {**_query("format", "Other than by `Accept`.", "string"), "schema": {"enum": formats}}
    ]
    account = _operation("GetAccountProof", "Prove what an account held, and no more", "Proofs")
    stream = _operation("GetStreamProof", "Prove where a stream ended, or its absence", "Proofs")
    for complete in (account, stream):
        complete["description"] = COMPLETENESS
        complete["parameters"] = [_query("at", MEANING, "string")]
        complete["responses"]["200"] = _content("application/json")
    statement = _operation("GetStatement", "Take a signed reconciliation statement home", "Proofs")
    statement["responses"]["200"] = _content("text/plain")
    checkpoint = _public("GetCheckpoint", "Take the newest signed checkpoint", "Proofs")
    checkpoint["responses"]["200"] = _content("text/plain")
    trust = _public("GetTrust", "See the trust file; get it by another way to rely on it", "Proofs")
    trust["responses"]["200"] = _content("application/json")
    return [
        (f"{PREFIX}/proofs/{{position}}", "get", evidence),
        (f"{PREFIX}/proofs/accounts/{{owner}}/{{purpose}}/{{asset}}", "get", account),
        (f"{PREFIX}/proofs/streams/{{stream}}", "get", stream),
        (f"{PREFIX}/reconciliations/{{position}}/statement", "get", statement),
        ("/log/checkpoint", "get", checkpoint),
        ("/log/trust", "get", trust),
    ]


def _tree() -> list[tuple[str, str, Json]]:
    tile = _public("GetTile", "Take hashes of the tree, 256 at a time (C2SP tlog-tiles)", "Proofs")
    tile["responses"]["200"] = _content("application/octet-stream")
    tile["description"] = (
        "`name` is the tile's index, e.g. `x001/234`, with `.p/17` for the first 17 hashes."
        " Level 0 are the leaves. What is full never changes."
    )
    entries = _public("GetEntries", "Take the entries under a tile of level 0", "Proofs")
    entries["responses"]["200"] = _content("application/octet-stream")
    entries["description"] = "Each entry is `chain[n]`, its length before it in two bytes."
    bodies = _public("GetBodies", "Take the events under a tile of level 0", "Proofs")
    bodies["responses"]["200"] = _content("application/x-ndjson")
    bodies["description"] = (
        "Records as of `/feed?fields=proof`. Without a key, what some role may not read is"
        " `{position, body_hash, chain}`."
    )
    path = _public("GetConsistency", "Take the proof that the log only grew", "Proofs")
    path["responses"]["200"] = _content("application/json", "text/plain")
    path["description"] = (
        "The consistency file of two checkpoints that were issued; with `Accept: text/plain` the"
        " path between any two sizes, a hash in base64 a line."
    )
    for operation in (tile, entries, bodies, path):
        operation["responses"]["404"] = {"$ref": "#/components/responses/Problem404"}
    return [
        ("/log/tile/{level}/{name}", "get", tile),
        ("/log/tile/entries/{name}", "get", entries),
        ("/log/bodies/{name}", "get", bodies),
        ("/log/consistency/{old}/{new}", "get", path),
    ]


def _registrations() -> list[tuple[str, str, Json]]:
    found = []
    for path, name, summary, body, example, answer in REGISTRATIONS:
        operation = _public(name, summary, "Registration")
        content = {"schema": {"$ref": f"#/components/schemas/{body}"}, "example": example}
        operation["requestBody"] = {"required": True, "content": {"application/json": content}}
        status = "202" if answer == "Registered" else "200"
        operation["responses"][status] = _schema(answer)
        for code in ("400", "409", "413", "415", "422"):
            operation["responses"][code] = {"$ref": f"#/components/responses/Problem{code}"}
        if name != "SendCode":
            operation["parameters"] = [{"$ref": "#/components/parameters/IdempotencyKey"}]
        found.append((f"{PREFIX}/registrations{path}", "post", operation))
    return found


def _rest() -> list[tuple[str, str, Json]]:
    upload = _operation("UploadDocument", "Upload the PDF of an invoice", "Commands")
    upload["requestBody"] = {
        "required": True,
        "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
    }
    upload["responses"]["201"] = _schema("Stored")
    for status in ("413", "415", "422"):
        upload["responses"][status] = {"$ref": f"#/components/responses/Problem{status}"}
    problems = _public("ListProblems", "List every problem that can be answered", "Reads")
    listed = {"type": "array", "items": {"$ref": "#/components/schemas/ProblemKind"}}
    problems["responses"]["200"] = {
        "description": "Here.",
        "content": {"application/json": {"schema": listed}},
    }
    schema = _public("GetSchema", "Take a schema: index.json lists them all", "Reads")
    schema["responses"]["200"] = _content("application/json", "text/plain")
    schema["responses"]["404"] = {"$ref": "#/components/responses/Problem404"}
    live = _public("Live", "Whether the process lives", "Health")
    live["responses"] = {"200": _schema("Health")}
    ready = _public("Ready", "Whether the process can answer", "Health")
    ready["responses"]["200"] = _schema("Health")
    metrics = _operation("GetMetrics", "Scrape the metrics of this machine", "Health")
    metrics["responses"]["200"] = _content("text/plain", "application/openmetrics-text")
    for status in ("404", "422"):
        del metrics["responses"][status]
    return [
        (f"{PREFIX}/documents", "post", upload),
        (f"{PREFIX}/problems", "get", problems),
        ("/schemas/{name}", "get", schema),
        ("/health/live", "get", live),
        ("/health/ready", "get", ready),
        ("/metrics", "get", metrics),
    ]


def _providers() -> list[tuple[str, str, Json]]:
    go = _public("SignInAtProvider", "Sign in at an identity provider of one's own", "Access")
    go["parameters"] = [_query("role", "The role to act in, the first without it.", "string")]
    go["responses"]["302"] = {"description": "On to the provider.", "headers": {}}
    come = _public("ReturnFromProvider", "Where a provider sends a browser back to", "Access")
    names = (("code", "The provider's code."), ("state", "Of the journey."), ("iss", "RFC 9207."))
    come["parameters"] = [_query(name, text, "string") for name, text in names]
    come["responses"]["200"] = _schema("SignedIn")
    for operation in (go, come):
        for status in ("401", "403", "404", "422", "429"):
            operation["responses"][status] = {"$ref": f"#/components/responses/Problem{status}"}
    path = "/auth/oidc/{provider}"
    return [(path, "get", go), (f"{path}/callback", "get", come)]


def _operation(name: str, summary: str, tag: str) -> Json:
    statuses = ("401", "403", "404", "422", "429", "500", "503")
    responses = {status: {"$ref": f"#/components/responses/Problem{status}"} for status in statuses}
    return {"operationId": name, "summary": summary, "tags": [tag], "responses": responses}


def _public(name: str, summary: str, tag: str) -> Json:
    operation = _operation(name, summary, tag)
    for status in ("401", "403", "404", "422"):
        del operation["responses"][status]
    return {**operation, "security": []}


def _query(name: str, description: str, kind: str) -> Json:
    return {"name": name, "in": "query", "description": description, "schema": {"type": kind}}


def _content(*media_types: str) -> Json:
    return {"description": "Here.", "content": {media_type: {} for media_type in media_types}}


def _schema(name: str) -> Json:
    schema = {"$ref": f"#/components/schemas/{name}"}
    return {"description": "Here.", "content": {"application/json": {"schema": schema}}}

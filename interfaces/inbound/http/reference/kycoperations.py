"""Operations about documents to be known by, and the door for providers of checks."""

from collections.abc import Callable
from typing import Any

from interfaces.inbound.http.rest.commands import PREFIX

Json = dict[str, Any]
Make = Callable[[str, str, str], Json]


def kyc_operations(keyed: Make, public: Make) -> list[tuple[str, str, Json]]:
    """List path, method and description of each."""
    part = {"type": "string", "format": "binary", "description": "A PDF, PNG or JPEG."}
    shape = {"type": "object", "required": ["document"], "properties": {"document": part}}
    upload = keyed("UploadKycDocument", "Upload a document to be known by", "Commands")
    upload["requestBody"] = {
        "required": True,
        "content": {"multipart/form-data": {"schema": shape}},
    }
    upload["responses"]["201"] = {
        "description": "Kept, sealed under the key of its person.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/DocumentFacts"}}},
    }
    for status in ("400", "413", "415"):
        upload["responses"][status] = {"$ref": f"#/components/responses/Problem{status}"}
    download = keyed("GetKycDocument", "Open a document of an application", "Reads")
    download["responses"]["200"] = {
        "description": "The document, for its subject and reviewers.",
        "content": {kind: {} for kind in ("application/pdf", "image/png", "image/jpeg")},
    }
    download["responses"]["410"] = {"$ref": "#/components/responses/Problem410"}
    export = keyed("ExportSubject", "Export all that is held on a subject", "Reads")
    export["responses"]["200"] = {
        "description": "A zip: export.json, and documents/ by their digests.",
        "content": {"application/zip": {}},
    }
    receive = public("ReceiveWebhook", "Take what a provider of checks says", "Webhooks")
    receive["description"] = (
        "For Sumsub and ComplyAdvantage, who sign the raw bytes; any other signature is 401."
    )
    receive["requestBody"] = {"required": True, "content": {"application/json": {}}}
    receive["responses"]["204"] = {"description": "Taken, or known before, or of no concern."}
    for status in ("401", "413"):
        receive["responses"][status] = {"$ref": f"#/components/responses/Problem{status}"}
    return [
        (f"{PREFIX}/kyc/documents", "post", upload),
        (f"{PREFIX}/kyc/applications/{{application}}/documents/{{digest}}", "get", download),
        (f"{PREFIX}/subjects/{{subject}}/export", "get", export),
        ("/webhooks/{provider}", "post", receive),
    ]

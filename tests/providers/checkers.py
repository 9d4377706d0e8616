"""Sumsub and ComplyAdvantage as their references describe them, as a process of its own.

Run as a script: prints its port, then serves. ``POST /script`` takes ``{"faults": [503, 429, …],
"match": "no_match", "types": ["pep"], "slow": 0}``: each fault answers one call, ``slow`` delays
them all. ``GET /seen`` tells what came in. Imports nothing of ours.
"""

import hashlib
import hmac
import json
import sys
import time
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN, SECRET, KEY = "sbx:app-token", b"app-secret", "comply-key"


class Desk:
    """Everything that this provider knows."""

    def __init__(self) -> None:
        self.script: dict[str, Any] = {}
        self.applicants: dict[str, dict[str, Any]] = {}
        self.searches: list[dict[str, Any]] = []
        self.calls: list[str] = []


DESK = Desk()


class Handler(BaseHTTPRequestHandler):
    """Answers one call."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Stay silent."""

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PATCH(self) -> None:
        self._serve()

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        path = urlsplit(self.path).path
        if path == "/script":
            DESK.script = json.loads(body)
            return self._answer(200, {})
        if path == "/seen":
            return self._answer(
                200, {"calls": DESK.calls, "applicants": DESK.applicants, "searches": DESK.searches}
            )
        time.sleep(DESK.script.get("slow", 0))
        faults = DESK.script.get("faults", [])
        if faults:
            fault = faults.pop(0)
            if fault == "cut":
                self.close_connection = True
                self.connection.close()
                return None
            return self._answer(fault, {"description": "later"}, **{"Retry-After": "0"})
        DESK.calls.append(f"{self.command} {path}")
        if path.startswith("/resources/"):
            return self._sumsub(path, body)
        return self._comply(path, body)

    def _sumsub(self, path: str, body: bytes) -> None:
        stamp = self.headers.get("X-App-Access-Ts", "")
        said = f"{stamp}{self.command}{self.path}".encode() + body
        wanted = hmac.new(SECRET, said, hashlib.sha256).hexdigest()
        fresh = stamp.isdigit() and abs(time.time() - int(stamp)) < 60
        genuine = hmac.compare_digest(wanted, self.headers.get("X-App-Access-Sig", ""))
        if self.headers.get("X-App-Token") != TOKEN or not genuine or not fresh:
            return self._answer(401, {"description": "signature mismatch"})
        if path.endswith("/one"):
            external = unquote(path.split("externalUserId=")[1].removesuffix("/one"))
            known = DESK.applicants.get(external)
            return self._answer(200, known) if known else self._answer(404, {})
        if path == "/resources/applicants":
            wish = json.loads(body)
            if wish["externalUserId"] in DESK.applicants:
                return self._answer(409, {"description": "already exists"})
            level = parse_qs(urlsplit(self.path).query)["levelName"][0]
            made = {
                **wish,
                "id": f"app{len(DESK.applicants) + 1}",
                "level": level,
                "docs": [],
                "review": {"reviewStatus": "init"},
            }
            DESK.applicants[wish["externalUserId"]] = made
            return self._answer(201, made)
        applicant = next(each for each in DESK.applicants.values() if each["id"] in path)
        if path.endswith("/status/pending"):
            applicant["review"]["reviewStatus"] = "pending"
            return self._answer(200, {"ok": 1})
        applicant["docs"].append(self._document(body))
        return self._answer(200, applicant["docs"][-1])

    def _document(self, body: bytes) -> dict[str, Any]:
        head = f"Content-Type: {self.headers['content-type']}\r\n\r\n".encode()
        parts = BytesParser().parsebytes(head + body).get_payload()
        named = {part.get_param("name", header="content-disposition"): part for part in parts}
        metadata = json.loads(named["metadata"].get_payload(decode=True))
        content = named["content"].get_payload(decode=True)
        return {
            **metadata,
            "sha256": hashlib.sha256(content).hexdigest(),
            "type": named["content"].get_content_type(),
        }

    def _comply(self, path: str, body: bytes) -> None:
        if self.headers.get("Authorization") != f"Token {KEY}":
            return self._answer(401, {"status": "failure"})
        if self.command == "GET":
            wanted = parse_qs(urlsplit(self.path).query).get("client_ref", [""])[0]
            found = [each for each in DESK.searches if each["client_ref"] == wanted]
            return self._answer(200, {"content": {"data": found[:1]}, "status": "success"})
        if self.command == "PATCH":
            number = int(path.split("/")[2])
            search = next(each for each in DESK.searches if each["id"] == number)
            search["is_monitored"] = json.loads(body)["is_monitored"]
            return self._answer(200, {"content": {"is_monitored": True}})
        search = {
            **json.loads(body),
            "id": 1000 + len(DESK.searches),
            "ref": f"ref-{len(DESK.searches)}",
            "match_status": DESK.script.get("match", "no_match"),
            "hits": [{"doc": {"types": DESK.script.get("types", [])}}],
        }
        DESK.searches.append(search)
        return self._answer(200, {"content": {"data": search}, "code": 200})

    def _answer(self, status: int, body: object, **headers: str) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()

"""An OpenID Connect issuer as a process of its own: prints its address, then serves until killed.

It behaves as OpenID Connect Core 1.0 and RFC 7636 say, for one client. ``POST /misbehave`` with a
JSON object makes it do otherwise: ``claims`` are put over those of the next tokens (null takes one
out), ``key`` is ``rotated`` or ``foreign`` or ``none``, ``status`` answers instead of tokens,
``sub`` is who signs in.
"""

import base64
import hashlib
import json
import secrets
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

CLIENT, SECRET = "tallystick", "issuer-secret"


class Issuer:
    """What the issuer knows."""

    def __init__(self) -> None:
        self.address = ""
        self.keys = [self._key()]
        self.foreign = self._key()
        self.codes: dict[str, dict[str, str]] = {}
        self.faults: dict[str, Any] = {}

    @staticmethod
    def _key() -> ECKey:
        return ECKey.generate_key("P-256", {"kid": secrets.token_hex(4), "use": "sig"})

    def misbehave(self, faults: dict[str, Any]) -> None:
        """Do otherwise from now on."""
        self.faults = faults
        if faults.get("key") == "rotated":
            self.keys = [self._key()]

    def token(self, asked: dict[str, str]) -> str:
        """Make an ID token."""
        now = int(time.time())
        claims = {
            "iss": self.address,
            "sub": self.faults.get("sub", "ann-at-acme"),
            "aud": CLIENT,
            "nonce": asked["nonce"],
            "iat": now,
            "exp": now + 300,
            "email": "ann@acme.example",
            **self.faults.get("claims", {}),
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.faults.get("key") == "none":
            parts = ({"alg": "none"}, claims)
            return ".".join(map(_base64, (json.dumps(part).encode() for part in parts))) + "."
        key = self.foreign if self.faults.get("key") == "foreign" else self.keys[0]
        header = {"alg": "ES256", "kid": self.keys[0].kid}
        return jwt.encode(header, claims, key)


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


class Handler(BaseHTTPRequestHandler):
    """The issuer's endpoints."""

    issuer: Issuer

    def log_message(self, *_: object) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        """Discovery, keys, and the page where somebody signs in at once."""
        path, query = urlsplit(self.path).path, urlsplit(self.path).query
        at = self.issuer.address
        if path == "/.well-known/openid-configuration":
            endpoints = {"authorization_endpoint": "/authorize", "token_endpoint": "/token"}
            told = {name: at + end for name, end in endpoints.items()}
            self._answer(200, {"issuer": at, "jwks_uri": f"{at}/jwks", **told})
        elif path == "/jwks":
            keys = KeySet(self.issuer.keys).as_dict(private=False)
            self._answer(200, keys)
        else:
            asked = {name: values[0] for name, values in parse_qs(query).items()}
            code = secrets.token_urlsafe(16)
            self.issuer.codes[code] = asked
            back = urlencode({"code": code, "state": asked["state"], "iss": at})
            self.send_response(302)
            self.send_header("Location", f"{asked['redirect_uri']}?{back}")
            self.end_headers()

    def do_POST(self) -> None:
        """Codes for tokens; and orders to misbehave."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/misbehave":
            self.issuer.misbehave(json.loads(body))
            self._answer(200, {})
            return
        if "status" in self.issuer.faults:
            self._answer(self.issuer.faults["status"], {"error": "server_error"})
            return
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        asked = self.issuer.codes.pop(form.get("code", ""), None)
        if asked is None or not self._is_client() or not self._agrees(form, asked):
            self._answer(400, {"error": "invalid_grant"})
            return
        tokens = {"access_token": "x", "token_type": "Bearer", "id_token": self.issuer.token(asked)}
        self._answer(200, tokens)

    def _is_client(self) -> bool:
        wanted = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        return self.headers.get("Authorization") == f"Basic {wanted}"

    @staticmethod
    def _agrees(form: dict[str, str], asked: dict[str, str]) -> bool:
        challenge = _base64(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        return (
            form.get("redirect_uri") == asked["redirect_uri"]
            and challenge == asked["code_challenge"]
            and asked["code_challenge_method"] == "S256"
        )

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def main() -> None:
    """Serve."""
    issuer = Issuer()
    Handler.issuer = issuer
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer.address = f"http://127.0.0.1:{server.server_address[1]}"
    sys.stdout.write(issuer.address + "\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()

"""Check bundles or a whole feed of a Tallystick log, believing only a trust file.

    python3 verify.py BUNDLE|FEED --trust FILE [--checkpoint FILE] [--rpc URL] [--quick] [--json]

One file, standard library only, nothing of the system that it judges. The answer is one code, the
first fault in the order of FORMATS 6; of a feed record by record, after the checkpoint or anchor
that it must reach, for only a signed root can prove a fork. COMPLETENESS.md says the same of
completeness bundles, of files of many bundles, a line each, and of consistency files.
"""

import argparse
import http.client
import json
import re
import sys
from base64 import b64decode
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache, reduce
from hashlib import sha256, sha512
from itertools import accumulate
from pathlib import Path
from typing import Any, BinaryIO
from urllib.request import Request, urlopen

STATUS = {"ok": 0, "usage": 2, "rpc_unreachable": 3, "untrusted": 4}  # every other code: 1
BODY_LIMIT, LINE_LIMIT, LARGEST, GENESIS = 64 * 1024, 4 << 20, 2**53 - 1, b"tallystick/v1\n"
DEPTH_LIMIT, SPACE = 900, b" \t\r\n"
Tree = tuple[int, bytes, bytes]  # size, root, chain head
Note = tuple[str, Tree, bytes, list[tuple[str, bytes]]]  # log, tree, signed bytes, signature lines
Trust = dict[str, Any]
Found = tuple[str, int, dict[str, Any]]  # stream, version and content of an event
P, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
Point = tuple[int, int, int, int]
ANCHORED = "0xe0fefe2c385c268b407afff2ad80d6521edf6409537f95b897f228a08e900205"
# Keccak-256 of Anchored(bytes32,uint64,bytes32,bytes32); and the selectors of two views:
ANCHOR_AT = "0x8c0d6778"  # anchorAt(bytes32,uint64) gives root, chain head, block, disavowed
LATEST = "0x79feb107"  # latest(bytes32) gives size, root, chain head, block


class Fault(Exception):
    """The first thing that is wrong: its code, a sentence, and the position where it stands."""


def demand(holds: object, code: str, detail: str, position: int | None = None) -> None:
    """Raise Fault unless something holds."""
    if not holds:
        raise Fault(code, detail, position)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs) or not all(map(str.isascii, members)):
        raise ValueError("a key stands twice or is not ASCII")
    return members


def _demand_shallow(text: str) -> None:
    if text.count("[") + text.count("{") > DEPTH_LIMIT:
        steps = [1 if found in "[{" else -1 for found in BRACKETS(STRING.sub("", text))]
        if max(accumulate(steps), default=0) > DEPTH_LIMIT:
            raise ValueError("nested too deep")


def strict(text: str) -> Any:
    """Return the value of a JSON text without doubled keys, floats or integers beyond 2^53-1."""
    _demand_shallow(text)
    return DECODE(text)


DECODE = json.JSONDecoder(  # int raises ValueError for what is no integer
    object_pairs_hook=_members, parse_float=int, parse_constant=int,
    parse_int=lambda text: int(text) if abs(int(text)) <= LARGEST else int("too large"),
).decode  # fmt: skip
LENIENT = json.JSONDecoder(parse_float=int, parse_constant=int).raw_decode
ENCODE = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
LONG_MEMBER = re.compile(r'":-?\d{16}').search
LONG_ELEMENT = re.compile(r"[\[,]-?\d{16}").search
TEXT = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
STRING, BRACKETS = re.compile(TEXT, re.DOTALL), re.compile(r"[\[\]{}]").findall
CONTROL = re.compile(r"(?<!\\)(?:\\\\)*\\[bfru]").search
COUNT, ORIGIN, HASH = r"([1-9]\d{0,15})", r"[^\x00-\x20\x7f\"\\]+", "[0-9a-f]{64}"
UUID = "[0-9a-f]{8}-[0-9a-f]{4}-%s[0-9a-f]{3}-%s[0-9a-f]{3}-[0-9a-f]{12}"
ENVELOPE = re.compile(
    r'\{"actor":"(?:subject|process):[^"]+","at":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6})Z",'
    r'("authorisation":\{"alg":"(?:ed25519|eip712)","key":"[^"]+","not_after":"[^"]+",'
    rf'"request_hash":"[^"]+","signature":"[^"]+"\}},)?(?:"cause":{COUNT},)?'
    rf'"command":"{UUID % ("8", "[89ab]")}","correlation":"{UUID % (("[0-9a-f]",) * 2)}",'
    rf'"data":\{{.*\}},"log":"({ORIGIN})",("salt":"[A-Za-z0-9+/]{{21}}[AQgw]==",)?'
    rf'"schema":{COUNT},"stream":"([a-z]+:[A-Za-z0-9._/-]{{1,128}})",'
    rf'"type":"([a-z0-9_]+\.[a-z0-9_]+)","version":{COUNT}\}}',
    re.DOTALL | re.ASCII,
).fullmatch
TAIL = re.compile(rf'"stream":"([^"]+)","type":"[^"]+","version":{COUNT}\}}', re.ASCII).fullmatch
B64, LAST = "[A-Za-z0-9+/]", "[AEIMQUYcgkosw048]="  # a last letter without stray bits
NOTE = re.compile(
    rf"(({ORIGIN})\n(0|{COUNT})\n({B64}{{42}}{LAST})\nchain ({B64}{{42}}{LAST})\n)\n"
    rf"((?:— [^\s+]+ (?:{B64}{{4}})*(?:{B64}{{2}}{LAST}|{B64}[AQgw]==)?\n)+)"
).fullmatch
NUMBER, HEX = r"(?:0|[1-9]\d*)", f'"{HASH}"'
KEYS = rf'\[(?:"[^\s+"]+\+[0-9a-f]{{8}}\+{B64}{{44}}",?)*\]'
ADDRESS, HEX_0X = '"0x[0-9a-fA-F]{40}"', f'"0x{HASH}"'
TRUST = re.compile(  # of the canonical form, so members stand in order
    rf'\{{"chain_id":{NUMBER},"format":"tallystick/trust/v1","keys":{KEYS},"log":"{ORIGIN}",'
    rf'"owner":{ADDRESS},"quorum":{NUMBER},"registry":{ADDRESS},"witnesses":{KEYS}\}}'
).fullmatch
PATH = rf"\[(?:{HEX}(?:,{HEX})*)?\]"
IS_HASH, HASHES, IS_ORIGIN = (re.compile(each).fullmatch for each in (HASH, "[0-9a-f]*", ORIGIN))
IS_ANCHOR = re.compile(
    rf'\{{"block":{NUMBER},"block_hash":{HEX_0X},"chain_id":{NUMBER},"registry":{ADDRESS},'
    rf'"transaction":{HEX_0X}\}}'
).fullmatch
MEMBERS = {"format", "log", "position", "body", "previous", "chain", "index", "size", "path",
           "root", "head", "checkpoint", "anchor"}  # fmt: skip
STREAM = r"[a-z]+:[A-Za-z0-9._/-]{1,128}"
LEAF = rf'\{{"chain":{HEX},"index":{NUMBER},"key":{HEX},"path":{PATH},"version":{COUNT}\}}'
IS_COMPLETENESS = re.compile(  # without its parts
    rf'\{{"as_of":{COUNT},"complete":(?:true|false),"format":"tallystick/completeness/v1",'
    rf'"leaf":(?:null|{LEAF}),"log":"{ORIGIN}","neighbours":\[(?:{LEAF}(?:,{LEAF})?)?\],'
    rf'"stream":"{STREAM}"\}}'
).fullmatch
IS_CONSISTENCY = re.compile(
    rf'\{{"format":"tallystick/consistency/v1","new":{TEXT},"old":{TEXT},"path":{PATH}\}}'
).fullmatch
IS_COMMITMENT = re.compile(rf'\{{"count":{COUNT},"root":{HEX},"size":{COUNT}\}}').fullmatch
PARTS, COMMITTED = ("commitment", "last", "next"), "log.streams_committed"
RECORD = {"position", "body", "chain", "changes"}
EFFECTS = {"debited": (-1, 0), "credited": (1, 0), "held": (0, 1), "posted": (-1, -1),
           "released": (0, -1), "opened": (0, 0)}  # fmt: skip


def read_body(body: str, position: int, log: str) -> tuple[str, str, int, dict[str, Any]]:
    """Return time, stream, version and content of a body that is canonical, complete and ours."""
    try:
        _demand_shallow(body)
        event, _ = LENIENT(body)
        if ENCODE(event) != body or len(body.encode()) > BODY_LIMIT:
            raise ValueError("not in canonical form, or too long")
        if not body.isascii() or LONG_MEMBER(body) or ("[" in body and LONG_ELEMENT(body)):
            strict(body)  # looks at every key and integer
        if not (found := ENVELOPE(body)) or ("\\" in body and CONTROL(body)):
            raise ValueError("an incomplete envelope, or a control character")
        at, authorisation, cause, own_log, salt, _, stream, kind, version = found.groups()
        if len(event) != 10 + bool(authorisation) + bool(cause) + bool(salt) or own_log != log:
            raise ValueError("other members, or another log")
        if (cause and int(cause) >= position) or (position == 1) != (kind == "log.opened"):
            raise ValueError("the cause comes later, or log.opened is not first")
        datetime.fromisoformat(at)
    except (ValueError, RecursionError) as error:
        raise Fault("body_mismatch", f"not the body of an event: {error}", position) from error
    return at, stream, int(version), event


def ed25519_holds(public: bytes, signature: bytes, message: bytes) -> bool:
    """Say whether an Ed25519 signature holds (RFC 8032, 5.1.7, the equation without cofactor)."""

    def add(a: Point, b: Point) -> Point:
        e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
        g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
        e, f, g, h = f - e, h - g, h + g, f + e
        return e * f % P, g * h % P, f * g % P, e * h % P

    def multiply(scalar: int, point: Point) -> Point:
        rest = multiply(scalar >> 1, add(point, point)) if scalar else (0, 1, 1, 0)
        return add(rest, point) if scalar & 1 else rest

    def decode(encoded: bytes) -> Point | None:
        y, sign = int.from_bytes(encoded, "little") & (1 << 255) - 1, encoded[31] >> 7
        square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
        x = pow(square, (P + 3) // 8, P)
        x = x if x * x % P == square else x * pow(2, (P - 1) // 4, P) % P
        x = P - x if x & 1 != sign else x
        return (x, y, 1, x * y % P) if y < P and 0 < x < P and x * x % P == square else None

    key, base = decode(public), decode(b"\x58" + b"\x66" * 31)
    claimed = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or claimed >= ORDER or key is None or base is None:
        return False
    challenge = int.from_bytes(sha512(signature[:32] + public + message).digest(), "little")
    x, y, z, _ = add(multiply(claimed, base), multiply(ORDER - challenge % ORDER, key))
    x, y = x * pow(z, -1, P) % P, y * pow(z, -1, P) % P
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


@lru_cache(64)
def read_checkpoint(text: str) -> Note:
    """Return the parts of a checkpoint; raises ValueError unless its form is exactly as agreed."""
    if not (found := NOTE(text)):
        raise ValueError("the checkpoint is not one")
    body, log, size, _, root, head, lines = found.groups()
    signatures = [(name, b64decode(raw)) for name, raw in re.findall("— (.+) (.+)\n", lines)]
    return log, (int(size), b64decode(root), b64decode(head)), body.encode(), signatures


def check_signatures(note: Note, trust: Trust) -> None:
    """Demand the signature of the log and the cosignatures of enough different witnesses."""
    demands = ("keys", 1, "checkpoint_signature"), ("witnesses", trust["quorum"], "witness_quorum")
    for role, quorum, code in demands:
        found, cosigned = set(), role == "witnesses"
        for name, raw in note[3]:
            stamp = b"cosignature/v1\ntime %d\n" % int.from_bytes(raw[4:12], "big") * cosigned
            for key_name, key_id, public in trust[role]:
                called = (key_name, key_id) == (name, raw[:4])
                if called and ed25519_holds(public, raw[4 + 8 * cosigned :], stamp + note[2]):
                    found.add(public)
        demand(len(found) >= quorum, code, f"{len(found)} of {quorum} trusted {role} signed")


def read_trust(text: str) -> Trust:
    """Return a trust file with its keys as triples of name, key id and public key."""
    trust: Trust = strict(text)
    fits = TRUST(ENCODE(trust)) is not None
    for role, algorithm in (("keys", 1), ("witnesses", 4)) if fits else ():
        parts = [key.split("+", 2) for key in trust[role]]
        keys = {(name, bytes.fromhex(key_id), b64decode(raw)) for name, key_id, raw in parts}
        for name, key_id, raw in keys:
            expected = sha256(name.encode() + b"\n" + raw).digest()[:4]
            fits = fits and raw[0] == algorithm and expected == key_id
        trust[role] = {(name, key_id, raw[1:]) for name, key_id, raw in keys}
    if not fits or trust["quorum"] > len({public for _, _, public in trust["witnesses"]}):
        raise ValueError("a trust file, the id of a key or the quorum is not as agreed")
    return trust


def root_of_path(index: int, size: int, leaf: bytes, path: list[str], place: int) -> bytes:
    """Return the root to which a path of the only possible length leads (RFC 9162, 2.1.3.2)."""
    inner = (index ^ (size - 1)).bit_length()
    fits = len(path) == inner + (index >> inner).bit_count()
    demand(fits, "path_length", f"{len(path)} hashes for leaf {index} of {size}", place)
    hashes = bytes.fromhex("".join(path))
    for level in range(len(path)):
        sibling, is_right = hashes[32 * level :][:32], level >= inner or index >> level & 1
        leaf = sha256(b"\x01" + (sibling + leaf if is_right else leaf + sibling)).digest()
    return leaf


class Judge:
    """Checks bundles; the signatures and the anchor of a checkpoint once for all of them."""

    def __init__(self, trust: Trust | None, url: str = "") -> None:
        self.trust, self.url, self.log = trust, url, str(trust["log"]) if trust else ""
        self.signed: set[bytes] = set()
        self.anchored: set[tuple[object, ...]] = set()

    def bundle(self, text: str) -> str:
        """Check one bundle, evidence or completeness; return what was found."""
        try:
            bundle = strict(text)
            whole = type(bundle) is dict and "as_of" in bundle
            for part in parts_of(bundle) if whole else [bundle]:
                demand_evidence(part)
                read_checkpoint(part["checkpoint"])
                part["body"].encode()
            if whole:
                demand_shape(bundle)
        except (ValueError, RecursionError) as error:
            raise Fault("malformed", f"not a bundle: {error}") from error
        if whole:
            return self.completeness(bundle) + ", which is anchored" * bool(self.url)
        self.evidence(bundle, self.log)
        place = f"event {bundle['position']} of the log of {bundle['size']} events"
        return place + ", which is anchored" * bool(self.url)

    def evidence(self, part: dict[str, Any], log: str, *, demanded: bool = False) -> Found:
        """Check the evidence of one event of a log, or of any; return what the event is."""
        note, position, size = read_checkpoint(part["checkpoint"]), part["position"], part["size"]
        own, tree, *_ = note
        ours = {part["log"], own} == {log or own}
        demand(ours, "wrong_log", f"the evidence is of the log {part['log']}", position)
        _, stream, version, event = read_body(part["body"], position, own)
        previous, chain = bytes.fromhex(part["previous"]), bytes.fromhex(part["chain"])
        digest = sha256(part["body"].encode()).digest()
        link = sha256(b"\x02" + position.to_bytes(8, "big") + previous + digest).digest()
        begins = position > 1 or previous == sha256(GENESIS + own.encode()).digest()
        linked = begins and link == chain
        demand(linked, "chain_mismatch", "the chain hash is not that of this event", position)
        leaf = sha256(b"\x00" + chain).digest()
        reached = root_of_path(position - 1, size, leaf, part["path"], position)
        root, head = bytes.fromhex(part["root"]), bytes.fromhex(part["head"])
        meets = reached == root and tree == (size, root, head)
        meets = meets and (position < size or chain == head)
        demand(meets, "root_mismatch", "path, root, head and checkpoint do not meet", position)
        self.vouch(part, note, demanded=demanded)
        return stream, version, event

    def vouch(self, part: dict[str, Any], note: Note, *, demanded: bool) -> None:
        """Demand that a checkpoint is signed, and anchored where that is demanded."""
        digest, anchor = sha256(part["checkpoint"].encode()).digest(), part["anchor"]
        if digest not in self.signed:
            if self.trust:
                check_signatures(note, self.trust)
            self.signed.add(digest)
        missing = anchor is None and (demanded or bool(self.url))
        demand(not missing, "anchor_missing", "an event is not anchored yet")
        if self.trust and anchor and (key := (digest, *anchor.values())) not in self.anchored:
            check_anchor(anchor, self.trust, note[1], self.url)
            self.anchored.add(key)

    def completeness(self, bundle: dict[str, Any]) -> str:
        """Check where a stream ended as of a position, or that there was none."""
        log, as_of, leaf = bundle["log"], bundle["as_of"], bundle["leaf"]
        demand(log == (self.log or log), "wrong_log", f"the bundle is of the log {log}", as_of)
        own = [name for name in PARTS if bundle[name]]
        found = {name: self.evidence(bundle[name], log, demanded=name == PARTS[0]) for name in own}
        if "commitment" not in found:
            raise Fault("incomplete", "no map that covers the position is anchored yet", as_of)
        committed = found["commitment"][2], bundle["commitment"]["position"]
        size, count, root = read_commitment(*committed, as_of)
        demand(as_of <= size, "incomplete", f"the map ends at {size}", as_of)
        for each in [leaf] if leaf else bundle["neighbours"]:
            check_leaf(each, count, root, as_of)
        key = sha256(bundle["stream"].encode()).hexdigest()
        if leaf:
            demand(leaf["key"] == key, "map_mismatch", "the leaf is of another stream", as_of)
            check_ends(bundle, found, size)
        else:
            beside = stand_beside(bundle["neighbours"], key, count)
            demand(beside, "neighbour_mismatch", "the stream may stand elsewhere", as_of)
        finding = f"{describe(bundle, found)}; by the map of {count} streams at {size}"
        return f"{bundle['stream']} as of {as_of}: {finding}"


def read_commitment(event: dict[str, Any], position: int, place: int) -> tuple[int, int, str]:
    """Return size, count and root of a commitment to a stream map, which stands behind them."""
    data, fits = event["data"], (event["type"], event["schema"]) == (COMMITTED, 1)
    fits = bool(fits and IS_COMMITMENT(ENCODE(data))) and data["size"] < position
    demand(fits, "map_mismatch", "the commitment is not one to a stream map", place)
    return data["size"], data["count"], data["root"]


def demand_evidence(part: Any) -> None:
    """Raise ValueError unless something has the form of evidence (FORMATS 6)."""
    if type(part) is not dict or part.keys() != MEMBERS or type(part["path"]) is not list:
        raise ValueError("a member is unknown, missing or misformed")
    hashes = [part["previous"], part["chain"], part["root"], part["head"], *part["path"]]
    texts = [part["log"], part["body"], part["checkpoint"], *hashes]
    position, index, size, anchor = part["position"], part["index"], part["size"], part["anchor"]
    fits = [*map(type, texts)] == [str] * len(texts) and {*map(len, hashes)} == {64}
    fits = fits and bool(HASHES("".join(hashes)) and IS_ORIGIN(part["log"]))
    fits = fits and type(position) is type(index) is type(size) is int
    fits = fits and (anchor is None or bool(IS_ANCHOR(ENCODE(anchor))))
    if not fits or part["format"] != "tallystick/evidence/v1":
        raise ValueError("a member is misformed")
    if not 0 <= index == position - 1 < size:
        raise ValueError("position, index and size do not agree")


def parts_of(bundle: dict[str, Any]) -> list[Any]:
    """Return the parts of a completeness bundle; raises ValueError for another form of it."""
    rest = {name: value for name, value in bundle.items() if name not in PARTS}
    if len(bundle) - len(rest) != len(PARTS) or not IS_COMPLETENESS(ENCODE(rest)):
        raise ValueError("a member is unknown, missing or misformed")
    return [bundle[name] for name in PARTS if bundle[name] is not None]


def demand_shape(bundle: dict[str, Any]) -> None:
    """Raise ValueError unless the members of a completeness bundle go together."""
    parts = commitment, last, following = [bundle[name] for name in PARTS]
    if len({(part["checkpoint"], ENCODE(part["anchor"])) for part in parts if part}) > 1:
        raise ValueError("the parts stand under different checkpoints or anchors")
    shape = bundle["complete"], commitment is not None, bundle["leaf"] is not None
    if shape == (True, True, True):
        fits = not bundle["neighbours"] and (last or following)
    elif shape == (True, True, False):
        fits = bundle["neighbours"] and not last and not following
    else:
        fits = shape == (False, False, False) and not bundle["neighbours"] and not following
    if not fits:
        raise ValueError("its members do not go together")


def check_leaf(leaf: dict[str, Any], count: int, root: str, as_of: int) -> None:
    """Check that a leaf is in the stream map."""
    index, version = leaf["index"], leaf["version"].to_bytes(8, "big")
    demand(index < count, "map_mismatch", f"the map has {count} leaves", as_of)
    content = bytes.fromhex(leaf["key"]) + version + bytes.fromhex(leaf["chain"])
    hashed = sha256(b"\x00" + content).digest()
    reached = root_of_path(index, count, hashed, leaf["path"], as_of)
    demand(reached.hex() == root, "map_mismatch", "the leaf does not lead to the root", as_of)


def stand_beside(neighbours: list[dict[str, Any]], key: str, count: int) -> bool:
    """Say whether a key between these leaves, or before or behind all, cannot be in the map."""
    left, right = neighbours[0], neighbours[-1]
    if len(neighbours) == 2:
        return bool(left["index"] + 1 == right["index"] and left["key"] < key < right["key"])
    first = left["index"] == 0 and key < left["key"]
    return bool(first or (left["index"] == count - 1 and left["key"] < key))


def check_ends(bundle: dict[str, Any], found: dict[str, Found], size: int) -> None:
    """Check that no event of the stream was left out between the last one and the position."""
    as_of, leaf, own = bundle["as_of"], bundle["leaf"], bundle["stream"]
    last, following, version, fits = bundle["last"], bundle["next"], 0, True
    if last:
        stream, version, _ = found["last"]
        fits = stream == own and last["position"] <= as_of and version <= leaf["version"]
    if version == leaf["version"]:
        fits = fits and last["chain"] == leaf["chain"] and not following
    else:
        expected = own, version + 1
        fits = fits and following and found["next"][:2] == expected
        fits = fits and as_of < following["position"] <= size
        if version + 1 == leaf["version"]:
            fits = fits and following["chain"] == leaf["chain"]
    demand(fits, "not_last", f"this is not where {own} ended", as_of)


def describe(bundle: dict[str, Any], found: dict[str, Found]) -> str:
    """Say where a stream ended, of an account also with what."""
    if "last" not in found:
        return "no event yet" if bundle["leaf"] else "no such stream"
    _, version, event = found["last"]
    place, data = f"version {version} at {bundle['last']['position']}", event["data"]
    if event["type"] == "account.opened":
        data = {"balance": 0, "held": 0}
    held = [data[name] for name in ("balance", "held") if type(data.get(name)) is int]
    if not bundle["stream"].startswith("account:") or len(held) != 2:
        return f"{place} is the last"
    return f"balance {held[0]}, held {held[1]} ({place})"


def check_many(lines: Iterable[bytes], judge: Judge) -> str:
    """Check a file of bundles, a line each; return what was found."""
    count = 0
    for count, line in enumerate(lines, 1):
        try:
            judge.bundle(line.decode())
        except UnicodeDecodeError as error:
            raise Fault("malformed", f"line {count} is no text: {error}") from error
        except Fault as fault:
            code, detail, place = (*fault.args, None)[:3]
            raise Fault(code, f"line {count}: {detail}", place) from fault
    found = f"{count} bundles under {len(judge.signed)} checkpoints"
    return found + ", all anchored" * bool(judge.url)


def check_consistency(text: str, trust: Trust | None) -> str:
    """Check that the tree of one checkpoint extends that of another (RFC 9162, 2.1.4.2)."""
    try:
        file = strict(text)
        if not IS_CONSISTENCY(ENCODE(file)):
            raise ValueError("a member is unknown, missing or misformed")
        notes = [read_checkpoint(file[name]) for name in ("old", "new")]
        (log, (old, *before), *_), (other, (new, *after), *_) = notes
        if old > new:
            raise ValueError("the old size is above the new one")
    except (ValueError, RecursionError) as error:
        raise Fault("malformed", f"not a consistency file: {error}") from error
    demand({log, other} == {trust["log"] if trust else log}, "wrong_log", f"{log} and {other}")
    path = [bytes.fromhex(each) for each in file["path"]]
    if old in (0, new):
        demand(not path, "path_length", f"{len(path)} hashes where none belongs")
        empty = [sha256(b"").digest(), sha256(GENESIS + log.encode()).digest()]
        meets = before == (after if old else empty) and (new or after == empty)
    else:
        roots = roots_of_consistency(old, new, before[0], path)
        meets = roots == (before[0], after[0])
    demand(meets, "root_mismatch", "the path does not lead to both roots")
    for note in notes if trust else ():
        check_signatures(note, trust or {})
    return f"the log of {new} events extends that of {old}"


def roots_of_consistency(old: int, new: int, root: bytes, path: list[bytes]) -> tuple[bytes, bytes]:
    """Return the two roots to which a path of the only possible length leads."""
    lowest = (old & -old).bit_length() - 1
    place, last = (old - 1) >> lowest, (new - 1) >> lowest
    inner = (place ^ last).bit_length()
    starts = [] if old & (old - 1) else [root]
    expected = inner + (place >> inner).bit_count() + 1 - len(starts)
    fits = len(path) == expected
    demand(fits, "path_length", f"{len(path)} hashes from {old} to {new}, not {expected}")
    first, *rest = starts + path
    before = after = first
    for level, sibling in enumerate(rest):
        if level >= inner or place >> level & 1:
            before = sha256(b"\x01" + sibling + before).digest()
            after = sha256(b"\x01" + sibling + after).digest()
        else:
            after = sha256(b"\x01" + after + sibling).digest()
    return before, after


def rpc(url: str, method: str, *params: object) -> Any:
    """Return an endpoint's answer; raises Fault when there is none."""
    question = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    try:
        request = Request(url, question, {"Content-Type": "application/json"})  # noqa: S310
        with urlopen(request, timeout=15) as reply:  # noqa: S310  (verify admits http only)
            return json.loads(reply.read(LINE_LIMIT))["result"]
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as error:
        raise Fault("rpc_unreachable", f"no answer to {method}: {error!r}"[:300]) from error


def ask_registry(url: str, trust: Trust, selector: str, *words: bytes) -> list[bytes]:
    """Return the four words that the trusted registry answers about the trusted log."""
    chain = rpc(url, "eth_chainId")
    demand(chain == hex(trust["chain_id"]), "anchor_mismatch", f"the endpoint's chain is {chain}")
    data = selector + b"".join([sha256(trust["log"].encode()).digest(), *words]).hex()
    answer = str(rpc(url, "eth_call", {"to": trust["registry"], "data": data}, "latest"))
    demand(re.fullmatch("0x[0-9a-f]{256}", answer), "anchor_mismatch", "there is no registry")
    return [bytes.fromhex(answer[at : at + 64]) for at in range(2, 258, 64)]


def check_anchor(anchor: Trust, trust: Trust, tree: Tree, url: str) -> None:
    """Check that the trusted registry holds this tree, by its state, transaction and block."""
    registry, log_id = trust["registry"].lower(), sha256(trust["log"].encode()).hexdigest()
    ours = (anchor["chain_id"], anchor["registry"].lower()) == (trust["chain_id"], registry)
    demand(ours, "anchor_mismatch", "the anchor is not in the trusted registry")
    if not url:
        return
    word, number, values = tree[0].to_bytes(32, "big"), hex(anchor["block"]), tree[1] + tree[2]
    root, head, _, disavowed = ask_registry(url, trust, ANCHOR_AT, word)
    holds = root + head == values and not any(disavowed)
    demand(holds, "anchor_mismatch", "the registry holds another tree, or it was disavowed")
    receipt = rpc(url, "eth_getTransactionReceipt", anchor["transaction"])
    block = rpc(url, "eth_getBlockByNumber", number, *[False])
    event = registry, [ANCHORED, "0x" + log_id, "0x" + word.hex()], "0x" + values.hex()
    try:
        names = "status", "transactionHash", "blockNumber", "blockHash"
        logs = [(log["address"].lower(), log["topics"], log["data"]) for log in receipt["logs"]]
        facts = [*(receipt[name] for name in names), block["hash"], event in logs]
    except (TypeError, KeyError, AttributeError) as error:
        raise Fault("anchor_mismatch", "the chain does not have that transaction") from error
    claimed = ["0x1", anchor["transaction"], number, *[anchor["block_hash"]] * 2, True]
    demand(facts == claimed, "anchor_mismatch", f"on chain there is {facts}")


def read_record(line: bytes, position: int) -> tuple[dict[str, Any], bytes]:
    """Return a line of the feed, which stands at its place, and the hash of its body."""
    try:
        record = strict(line.decode())
        redacted = len(record) == 3 and "body_hash" in record
        named = record["body_hash"] if redacted else record["chain"]
        if not (IS_HASH(named) and IS_HASH(record["chain"]) and type(record["position"]) is int):
            raise ValueError("a hash or the position")
        digest = bytes.fromhex(named) if redacted else sha256(record["body"].encode()).digest()
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Fault("malformed", f"not a record of a feed: {error!r}"[:300], position) from error
    if record["position"] != position:
        raise Fault("gap", f"{record['position']} stands in its place", position)
    return record, digest


class Feed:
    """A feed from its start: chain, tree and versions; unless quick also bodies and books."""

    def __init__(self, log: str, trees: list[Tree], *, quick: bool) -> None:
        self.log, self.quick, self.trees = log, quick, {tree[0]: [*trees] for tree in trees}
        self.at, self.command, self.moved, self.redacted, self.hidden = "", "", 0, 0, 0
        self.versions: dict[str, int] = {}
        self.accounts: dict[str, tuple[int, int, dict[str, int]]] = {}
        self.transfers: dict[tuple[str, str], int] = {}
        self.leaves: dict[bytes, bytes] = {}  # of the stream map at a size, by key
        self.mapped, self.ends = 0, bytearray()  # that size, and what the leaves since are of

    def run(self, file: BinaryIO) -> str:
        """Read all records and return what was found; raises Fault at the first wrong one."""
        chain, peaks, count = sha256(GENESIS + self.log.encode()).digest(), list[bytes](), 0
        for count, line in enumerate(iter(lambda: file.readline(LINE_LIMIT), b""), 1):
            record, digest = read_record(line, count)
            envelope = self.inspect(record, count)
            chain = sha256(b"\x02" + count.to_bytes(8, "big") + chain + digest).digest()
            if chain.hex() != record["chain"]:
                raise Fault("chain_mismatch", "the record does not continue the chain", count)
            leaf, size = sha256(b"\x00" + chain).digest(), count - 1
            while size & 1:
                leaf, size = sha256(b"\x01" + peaks.pop() + leaf).digest(), size >> 1
            peaks.append(leaf)
            if envelope:
                self.follow(*envelope, count, chain)
            for tree in self.trees.get(count, ()):
                root = reduce(lambda b, a: sha256(b"\x01" + a + b).digest(), peaks[::-1])
                same = tree[0] != count or tree == (count, root, chain)
                demand(same, "fork", "another tree is vouched for", count)
        last = max(self.trees, default=0)
        demand(count >= last, "tail_missing", f"{last} events are vouched for", count + 1)
        demand(not self.transfers, "unbalanced", f"transfers {[*self.transfers]}", self.moved)
        checked = ["chain", "tree"] + ["bodies"] * (not self.quick)
        checked += ["versions", "books", "maps"][: 3 - 2 * self.quick] * (not self.redacted)
        return f"{count} events, head {chain.hex()}, {self.redacted} redacted; checked: {checked}"

    def inspect(self, record: dict[str, Any], position: int) -> tuple[str, int, Any] | None:
        """Return stream, version and content of a record that says the same as its body."""
        if "body_hash" in record:
            self.redacted += 1
            self.transfers.clear()
            return None
        if self.quick:
            found = TAIL(record["body"], record["body"].rfind('"stream":"'))
            demand(found, "body_mismatch", "the body names no stream and version", position)
            return found and (found[1], int(found[2]), None)
        at, stream, version, event = read_body(record["body"], position, self.log)
        if len(record) > 3:
            own = {"id": record["chain"], "paging_token": str(position), **event}
            copies = {name: own.get(name) for name in record.keys() - RECORD}
            same = ENCODE(copies) == ENCODE({name: record[name] for name in copies})
            demand(same, "body_mismatch", "the record does not say what its body says", position)
        demand(at >= self.at, "body_mismatch", "time runs back", position)
        self.at = at
        return stream, version, event

    def follow(self, stream: str, version: int, event: Any, position: int, chain: bytes) -> None:
        """Demand the next version of the stream, and of an account what FORMATS 10 says."""
        skipped = version - self.versions.get(stream, 0) - 1
        self.hidden, self.versions[stream] = self.hidden + skipped, version
        if skipped < 0 or self.hidden > self.redacted:
            raise Fault("version_gap", f"version {version} of {stream}", position)
        if not event or self.redacted:
            return
        self.ends += sha256(stream.encode()).digest() + version.to_bytes(8, "big") + chain
        if event["command"] != self.command:
            demand(not self.transfers, "unbalanced", f"transfers {[*self.transfers]}", self.moved)
        self.command, (aggregate, _, fact) = event["command"], event["type"].partition(".")
        if aggregate == "account" and fact in EFFECTS:
            self.moved = position
            try:
                self.move(stream, fact, event["data"])
            except (KeyError, TypeError, ValueError) as error:
                raise Fault("unbalanced", f"{fact} {stream}: {error!r}", position) from error
        if event["type"] == COMMITTED:
            self.compare(*read_commitment(event, position, position), position)

    def compare(self, size: int, count: int, root: str, position: int) -> None:
        """Demand that the log committed to no other stream map than its own records give."""
        for at in range(0, 72 * (size - self.mapped), 72):
            end = bytes(self.ends[at : at + 72])
            self.leaves[end[:32]] = sha256(b"\x00" + end).digest()
        del self.ends[: 72 * (size - self.mapped)]
        row = [leaf for _, leaf in sorted(self.leaves.items())]
        fits, self.mapped = size > self.mapped and len(row) == count, size
        while len(row) > 1:
            pairs, odd = zip(row[::2], row[1::2], strict=False), row[len(row) & ~1 :]
            row = [sha256(b"\x01" + left + right).digest() for left, right in pairs] + odd
        demand(fits and row[0].hex() == root, "map_mismatch", f"not the map at {size}", position)

    def move(self, stream: str, fact: str, data: dict[str, Any]) -> None:
        """Apply one account event; raises ValueError unless it leaves what it says."""
        kind, owner, _, asset = stream.replace(":", "/", 1).split("/", 3)
        balance, held, holds = self.accounts.get(stream, (0, 0, {}))
        if (fact == "opened") == (stream in self.accounts) or kind != "account":
            raise ValueError("an account is opened once and before all else")
        (on_balance, on_held), amount = EFFECTS[fact], data["amount"] if fact != "opened" else 0
        balance, held = balance + on_balance * amount, held + on_held * amount
        if amount and [int, balance, held] != [type(amount), data["balance"], data["held"]]:
            raise ValueError("balance or held is not what the amount leaves")
        left = holds.pop(data["hold"], 0) + on_held * amount if on_held else 0
        fits = left == amount if fact == "held" else left == 0 or (left > 0 and fact == "posted")
        fits = fits and (owner == "outside" or 0 <= held <= balance)
        if not fits or amount < (fact != "opened"):
            raise ValueError("a hold, a balance or an amount that may not be")
        holds.update({data["hold"]: left} if left else {})
        if on_balance:
            left = self.transfers.pop((data["transfer"], asset), 0) + on_balance * amount
            self.transfers.update({(data["transfer"], asset): left} if left else {})
        self.accounts[stream] = balance, held, holds


def check_feed(file: BinaryIO, trust: Trust | None, given: Note | None, options: Any) -> str:
    """Check a feed from its first to its last record; return what was found."""
    opened = ENVELOPE(read_record(file.readline(LINE_LIMIT), 1)[0].get("body", ""))
    named = opened and opened[4], given and given[0], trust and str(trust["log"])
    logs = {log for log in named if log}
    demand(len(logs) == 1, "wrong_log", f"feed, checkpoint and trust name the logs {named}", 1)
    trees = [given[1]] if given else []
    if given and trust:
        check_signatures(given, trust)
    if options.rpc and trust:
        size, root, head, _ = ask_registry(options.rpc, trust, LATEST)
        demand(any(size), "anchor_missing", "the registry holds no anchor of the log")
        trees.append((int.from_bytes(size, "big"), root, head))
    file.seek(0)
    return Feed(logs.pop(), trees, quick=options.quick).run(file)


def check_document(text: str, judge: Judge) -> str:
    """Check a file that is one document, a bundle or a consistency file."""
    try:
        document = DECODE(text)
        named = document.get("format") if isinstance(document, dict) else None
    except (ValueError, RecursionError):
        named = None  # the judge says what is wrong
    if named != "tallystick/consistency/v1":
        return judge.bundle(text)
    demand(not judge.url, "usage", "--rpc is for bundles and feeds")
    return check_consistency(text, judge.trust)


def verify(options: argparse.Namespace) -> str:
    """Check what the options name; return a sentence, or raise Fault."""
    code, named = "usage", (options.trust, options.checkpoint)
    try:
        texts = [Path(name).read_text("utf-8") if name else None for name in named]
        trust = None if texts[0] is None else read_trust(texts[0])
        honest = not options.rpc or (trust and re.match("https?://", options.rpc))
        demand(honest, "usage", "--rpc takes an http address and needs --trust")
        with Path(options.evidence).open("rb") as file:
            code, first = "malformed", file.readline(LINE_LIMIT)
            given = None if texts[1] is None else read_checkpoint(texts[1])
            if b'"position"' in first and len(re.findall(rb'"(format|previous|root)"', first)) < 2:
                file.seek(0)
                return check_feed(file, trust, given, options)
            demand(not given, "usage", "--checkpoint is for feeds; a bundle carries its own")
            whole = first + file.read(2 * LINE_LIMIT - len(first) + 1)
            line, judge = first.strip(SPACE), Judge(trust, options.rpc)
            if line[:1] + line[-1:] == b"{}" and whole[len(first) :].strip(SPACE):
                file.seek(0)
                return check_many(iter(lambda: file.readline(LINE_LIMIT), b""), judge)
            demand(len(whole) <= 2 * LINE_LIMIT, "malformed", "longer than any bundle")
            return check_document(whole.decode(), judge)
    except (OSError, ValueError, RecursionError) as error:
        raise Fault(code, f"not to be read: {error}") from error


def main(arguments: list[str] | None = None) -> int:
    """Print the answer and return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("evidence", metavar="BUNDLE|FEED")
    for name in ("--trust", "--checkpoint", "--rpc"):
        parser.add_argument(name, default="")
    parser.add_argument("--quick", action="store_true", help="of a feed: no bodies, no books")
    parser.add_argument("--json", action="store_true", help="answer one line of JSON")
    options = parser.parse_args(arguments)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(4000)  # nothing deeper than DEPTH_LIMIT is read
    try:
        code, detail, position = "ok" if options.trust else "untrusted", verify(options), None
    except Fault as fault:
        code, detail, position = (*fault.args, None)[:3]
    finally:
        sys.setrecursionlimit(limit)
    line = json.dumps({"code": code, "position": position, "detail": detail})
    print(line if options.json else f"{code}{f' at {position}' if position else ''}: {detail}")
    return STATUS.get(code, 1)


if __name__ == "__main__":
    sys.exit(main())

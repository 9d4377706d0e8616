#!/usr/bin/env node
// Check bundles or a whole feed of a Tallystick log, believing only a trust file.
//
//     node verify.mjs BUNDLE|FEED --trust FILE [--checkpoint FILE] [--rpc URL] [--quick] [--json]
//
// One file, no packages, nothing of the system that it judges, and nothing of its sister verify.py:
// two independent readings of FORMATS and COMPLETENESS must give one answer, code for code. It runs
// in a browser, too: there `judge` takes bytes and uses WebCrypto alone.

const STATUS = { ok: 0, usage: 2, rpc_unreachable: 3, untrusted: 4 }; // every other code: 1
const BODY_LIMIT = 64 * 1024;
const LINE_LIMIT = 4 << 20;
const DEPTH_LIMIT = 900;
const RPC_MILLISECONDS = 15_000;
// Keccak-256 of Anchored(bytes32,uint64,bytes32,bytes32); and the selectors of two views.
const ANCHORED = "0xe0fefe2c385c268b407afff2ad80d6521edf6409537f95b897f228a08e900205";
const ANCHOR_AT = "0x8c0d6778"; // anchorAt(bytes32,uint64) gives root, chain head, block, disavowed
const LATEST = "0x79feb107"; // latest(bytes32) gives size, root, chain head, block

/** The first thing that is wrong: its code, a sentence, and the position where it stands. */
export class Fault extends Error {
  constructor(code, detail, position = null) {
    super(detail);
    this.code = code;
    this.position = position;
  }
}

/** What a reader finds in a text that is not as agreed; becomes a Fault with the reader's code. */
class Misformed extends Error {}

function demand(holds, code, detail, position = null) {
  if (!holds) throw new Fault(code, detail, position);
}

function refuse(detail) {
  throw new Misformed(detail);
}

/** Do some work; what it finds misformed is a fault of this code. */
function reading(code, position, what, work) {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Misformed)) throw error;
    throw new Fault(code, `${what}: ${error.message}`, position);
  }
}

// --- Bytes and texts ---------------------------------------------------------------------------

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** UTF-8 of a text; one with half a surrogate pair has none. */
function utf8(text) {
  if (!text.isWellFormed()) refuse("half a surrogate pair");
  return ENCODER.encode(text);
}

function textOf(bytes) {
  try {
    return DECODER.decode(bytes);
  } catch {
    return refuse("not UTF-8");
  }
}

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const same = (left, right) =>
  left.length === right.length && left.every((byte, at) => byte === right[at]);
const hexOf = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const fromHex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const fromBase64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

/** A whole number as big-endian bytes. */
function bigEndian(number, width) {
  const bytes = new Uint8Array(width);
  for (let at = width - 1, rest = BigInt(number); rest > 0n; at--, rest >>= 8n) {
    bytes[at] = Number(rest & 255n);
  }
  return bytes;
}

// --- JSON: strict reading, canonical writing (FORMATS 1) ------------------------------------------

const NUMBER_AT = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/y;
const STRING_AT = /"((?:[^"\\\u0000-\u001f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*)"/y;
const SPACE_AT = /[ \t\n\r]*/y;
const NAMED = { true: true, false: false, null: null };

/** Reads one JSON text: no duplicate and only ASCII keys, no floats, no integer beyond 2^53-1. */
class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  static read(text) {
    const reader = new Reader(text);
    const value = reader.value(0);
    reader.space();
    if (reader.at !== text.length) refuse(`something follows at ${reader.at}`);
    return value;
  }

  match(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found) this.at = pattern.lastIndex;
    return found;
  }

  space() {
    this.match(SPACE_AT);
  }

  takes(letter) {
    this.space();
    if (this.text[this.at] !== letter) return false;
    this.at++;
    return true;
  }

  value(depth) {
    if (this.takes("{")) return this.object(depth + 1);
    if (this.takes("[")) return this.array(depth + 1);
    if (this.text[this.at] === '"') return this.string();
    for (const [name, value] of Object.entries(NAMED)) {
      if (this.text.startsWith(name, this.at)) {
        this.at += name.length;
        return value;
      }
    }
    return this.number();
  }

  number() {
    const found = this.match(NUMBER_AT);
    if (!found || found[1] || found[2]) refuse(`no whole number at ${this.at}`);
    const number = Number(found[0]);
    if (!Number.isSafeInteger(number)) refuse(`${found[0].slice(0, 40)} is too large`);
    return number + 0; // -0 is 0
  }

  string() {
    const found = this.match(STRING_AT);
    if (!found) refuse(`no text at ${this.at}`);
    return found[1].includes("\\") ? JSON.parse(found[0]) : found[1];
  }

  array(depth) {
    if (depth > DEPTH_LIMIT) refuse("nested too deep");
    const values = [];
    if (this.takes("]")) return values;
    do values.push(this.value(depth));
    while (this.takes(","));
    if (!this.takes("]")) refuse(`no end of an array at ${this.at}`);
    return values;
  }

  object(depth) {
    if (depth > DEPTH_LIMIT) refuse("nested too deep");
    const members = Object.create(null);
    if (this.takes("}")) return members;
    do {
      this.space();
      const key = this.string();
      if (key in members || !/^[\0-\x7f]*$/.test(key)) refuse("a key stands twice or is not ASCII");
      if (!this.takes(":")) refuse(`no value at ${this.at}`);
      members[key] = this.value(depth);
    } while (this.takes(","));
    if (!this.takes("}")) refuse(`no end of an object at ${this.at}`);
    return members;
  }
}

const isObject = (value) =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const SHORT = { "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t" };
const escaped = (letter) =>
  SHORT[letter] ??
  ('"\\'.includes(letter)
    ? `\\${letter}`
    : `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** The canonical text of a value that `Reader` gave. */
function canonical(value) {
  if (typeof value === "string") return `"${value.replace(/[\0-\x1f"\\]/g, escaped)}"`;
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (!isObject(value)) return String(value);
  const members = Object.keys(value)
    .sort()
    .map((key) => `${canonical(key)}:${canonical(value[key])}`);
  return `{${members.join(",")}}`;
}

// --- Cryptography: the platform's, behind two functions -------------------------------------------

const webCrypto = {
  sha256: async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)),
  async ed25519(key, signature, message) {
    const imported = await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
    return crypto.subtle.verify("Ed25519", imported, signature, message);
  },
};

let provider = webCrypto;
const sha256 = (...parts) => provider.sha256(joined(...parts));

const FIELD = 2n ** 255n - 19n;

/** Say whether a key is a point in its only encoding, and not one of the two with x = 0. */
function isPlainPoint(key) {
  const bytes = Uint8Array.from(key).reverse();
  bytes[0] &= 0x7f;
  const y = BigInt(`0x${hexOf(bytes)}`);
  return y < FIELD && y !== 1n && y !== FIELD - 1n;
}

/** Say whether an Ed25519 signature holds (RFC 8032, 5.1.7). */
async function ed25519Holds(key, signature, message) {
  if (signature.length !== 64 || key.length !== 32 || !isPlainPoint(key)) return false;
  try {
    return await provider.ed25519(key, signature, message);
  } catch {
    return false; // a key that is no point on the curve
  }
}

// --- Forms (FORMATS 1, 4 and 6) --------------------------------------------------------------------

const COUNT = "([1-9][0-9]{0,15})";
const ORIGIN = '[^\\x00-\\x20\\x7f"\\\\]+';
const HASH = "[0-9a-f]{64}";
const UUID = (version, variant) =>
  `[0-9a-f]{8}-[0-9a-f]{4}-${version}[0-9a-f]{3}-${variant}[0-9a-f]{3}-[0-9a-f]{12}`;
const whole = (pattern, flags = "") => new RegExp(`^(?:${pattern})$`, flags);

const ENVELOPE = whole(
  '\\{"actor":"(?:subject|process):[^"]+",' +
    '"at":"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{6})Z",' +
    '("authorisation":\\{"alg":"(?:ed25519|eip712)","key":"[^"]+","not_after":"[^"]+",' +
    `"request_hash":"[^"]+","signature":"[^"]+"\\},)?(?:"cause":${COUNT},)?` +
    `"command":"${UUID("8", "[89ab]")}","correlation":"${UUID("[0-9a-f]", "[0-9a-f]")}",` +
    `"data":\\{.*\\},"log":"(${ORIGIN})",("salt":"[A-Za-z0-9+/]{21}[AQgw]==",)?` +
    `"schema":${COUNT},"stream":"([a-z]+:[A-Za-z0-9._/-]{1,128})",` +
    `"type":"([a-z0-9_]+\\.[a-z0-9_]+)","version":${COUNT}\\}`,
  "s",
);
const TAIL = whole(`"stream":"([^"]+)","type":"[^"]+","version":${COUNT}\\}`);
const IS_HASH = whole(HASH);
const CONTROL = /(?<!\\)(?:\\\\)*\\[bfru]/;
const B64 = "[A-Za-z0-9+/]";
const LAST = "[AEIMQUYcgkosw048]="; // a last letter without stray bits
const NOTE = whole(
  `((${ORIGIN})\\n(0|${COUNT})\\n(${B64}{42}${LAST})\\nchain (${B64}{42}${LAST})\\n)\\n` +
    `((?:— [^\\s+]+ (?:${B64}{4})*(?:${B64}{2}${LAST}|${B64}[AQgw]==)?\\n)+)`,
);
const [NUMBER, TEXT, HEX] = ["(?:0|[1-9][0-9]*)", '"(?:[^"\\\\]|\\\\.)*"', `"${HASH}"`];
const KEYS = `\\[(?:"[^\\s+"]+\\+[0-9a-f]{8}\\+${B64}{44}",?)*\\]`;
const [ADDRESS, HEX_0X] = ['"0x[0-9a-fA-F]{40}"', `"0x${HASH}"`];
const TRUST = whole(
  `\\{"chain_id":${NUMBER},"format":"tallystick/trust/v1","keys":${KEYS},"log":"${ORIGIN}",` +
    `"owner":${ADDRESS},"quorum":${NUMBER},"registry":${ADDRESS},"witnesses":${KEYS}\\}`,
);
const PATH = `\\[(?:${HEX}(?:,${HEX})*)?\\]`;
const EVIDENCE =
  `\\{"anchor":(?:null|\\{"block":${NUMBER},"block_hash":${HEX_0X},"chain_id":${NUMBER},` +
  `"registry":${ADDRESS},"transaction":${HEX_0X}\\}),"body":${TEXT},"chain":${HEX},` +
  `"checkpoint":${TEXT},"format":"tallystick/evidence/v1","head":${HEX},"index":${NUMBER},` +
  `"log":"${ORIGIN}","path":${PATH},"position":${NUMBER},"previous":${HEX},` +
  `"root":${HEX},"size":${NUMBER}\\}`;
const IS_EVIDENCE = whole(EVIDENCE);
const LEAF = `\\{"chain":${HEX},"index":${NUMBER},"key":${HEX},"path":${PATH},"version":${COUNT}\\}`;
const IS_COMPLETENESS = whole(
  `\\{"as_of":${COUNT},"commitment":(?:null|${EVIDENCE}),"complete":(?:true|false),` +
    `"format":"tallystick/completeness/v1","last":(?:null|${EVIDENCE}),"leaf":(?:null|${LEAF}),` +
    `"log":"${ORIGIN}","neighbours":\\[(?:${LEAF}(?:,${LEAF})?)?\\],"next":(?:null|${EVIDENCE}),` +
    `"stream":"[a-z]+:[A-Za-z0-9._/-]{1,128}"\\}`,
);
const IS_CONSISTENCY = whole(
  `\\{"format":"tallystick/consistency/v1","new":${TEXT},"old":${TEXT},"path":${PATH}\\}`,
);
const IS_COMMITMENT = whole(`\\{"count":${COUNT},"root":${HEX},"size":${COUNT}\\}`);
const PARTS = ["commitment", "last", "next"];
const COMMITTED = "log.streams_committed";
const END_LENGTH = 8 + 32; // a version and a chain value

/** Demand an instant that the calendar has. */
function demandInstant(text) {
  const [year, month, day, hour, minute, second] = text.split(/[-T:.]/).map(Number);
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
  const fits = year > 0 && day > 0 && day <= days && hour < 24 && minute < 60 && second < 60;
  if (!fits) refuse(`there is no ${text}`);
}

/** Give time, stream, version and content of a body that is canonical, complete and ours. */
function readBody(body, position, log) {
  return reading("body_mismatch", position, "not the body of an event", () => {
    const event = Reader.read(body);
    if (canonical(event) !== body || utf8(body).length > BODY_LIMIT) {
      refuse("not in canonical form, or too long");
    }
    const found = ENVELOPE.exec(body);
    if (!found || CONTROL.test(body)) refuse("an incomplete envelope, or a control character");
    const [, at, authorisation, cause, ownLog, salt, , stream, type, version] = found;
    const members = 10 + [authorisation, cause, salt].filter(Boolean).length;
    if (Object.keys(event).length !== members || ownLog !== log) {
      refuse("other members, or another log");
    }
    if ((cause && Number(cause) >= position) || (position === 1) !== (type === "log.opened")) {
      refuse("the cause comes later, or log.opened is not first");
    }
    demandInstant(at);
    return { at, stream, version: Number(version), event };
  });
}

/** Give the parts of a checkpoint (FORMATS 4). */
function readCheckpoint(text) {
  const found = NOTE.exec(text) ?? refuse("the checkpoint is not one");
  const [, body, log, size, , root, head, lines] = found;
  const signatures = [...lines.matchAll(/— (.+) (.+)\n/g)].map(([, name, raw]) => ({
    name,
    raw: fromBase64(raw),
  }));
  const tree = { size: Number(size), root: fromBase64(root), head: fromBase64(head) };
  return { log, tree, signed: utf8(body), signatures };
}

/** Give a trust file with its keys read (FORMATS 6). */
async function readTrust(text) {
  const trust = Reader.read(text);
  if (!TRUST.test(canonical(trust))) refuse("not a trust file");
  for (const [role, algorithm] of [["keys", 1], ["witnesses", 4]]) {
    trust[role] = await Promise.all(trust[role].map((key) => readKey(key, algorithm)));
  }
  const witnesses = new Set(trust.witnesses.map((key) => hexOf(key.key)));
  if (trust.quorum > witnesses.size) refuse("more witnesses are demanded than named");
  return trust;
}

async function readKey(text, algorithm) {
  const [name, id, ...rest] = text.split("+");
  const raw = fromBase64(rest.join("+"));
  const expected = await sha256(utf8(`${name}\n`), raw);
  if (raw[0] !== algorithm || !same(expected.subarray(0, 4), fromHex(id))) {
    refuse(`the id of the key of ${name} is not its own`);
  }
  return { name, id: fromHex(id), key: raw.subarray(1) };
}

// --- A bundle --------------------------------------------------------------------------------------

/** Demand the signature of the log and the cosignatures of enough different witnesses. */
async function checkSignatures(note, trust) {
  await demandSigners(note, trust.keys, 1, "checkpoint_signature", 0);
  await demandSigners(note, trust.witnesses, trust.quorum, "witness_quorum", 8);
}

async function demandSigners(note, keys, quorum, code, stampLength) {
  const found = new Set();
  for (const { name, raw } of note.signatures) {
    for (const { name: keyName, id, key } of keys) {
      if (keyName !== name || !same(id, raw.subarray(0, 4))) continue;
      const signature = raw.subarray(4 + stampLength);
      const signed = stampLength ? joined(stampOf(raw), note.signed) : note.signed;
      if (await ed25519Holds(key, signature, signed)) found.add(hexOf(key));
    }
  }
  demand(found.size >= quorum, code, `${found.size} of ${quorum} trusted keys signed`);
}

/** What stands before the note in what a witness signs (C2SP tlog-cosignature). */
function stampOf(raw) {
  const time = raw.subarray(4, 12).reduce((number, byte) => number * 256n + BigInt(byte), 0n);
  return utf8(`cosignature/v1\ntime ${time}\n`);
}

const leafHash = (entry) => sha256([0], entry);
const nodeHash = (left, right) => sha256([1], left, right);
const genesis = (log) => sha256(utf8(`tallystick/v1\n${log}`));
const link = (position, previous, digest) =>
  sha256([2], bigEndian(position, 8), previous, digest);

/** The root to which a path of the only possible length leads (RFC 9162, 2.1.3.2). */
async function rootOfPath(index, size, leaf, path, place) {
  let [fn, sn, steps, reached] = [BigInt(index), BigInt(size - 1), 0, leaf];
  for (const sibling of path) {
    if (sn === 0n) break;
    if (fn & 1n || fn === sn) {
      reached = await nodeHash(sibling, reached);
      while (!(fn & 1n) && fn) [fn, sn] = [fn >> 1n, sn >> 1n];
    } else {
      reached = await nodeHash(reached, sibling);
    }
    [fn, sn, steps] = [fn >> 1n, sn >> 1n, steps + 1];
  }
  const fits = sn === 0n && steps === path.length;
  demand(fits, "path_length", `${path.length} hashes for leaf ${index} of ${size}`, place);
  return reached;
}

/** Give a bundle and its parts, of which each is evidence; of no other form. */
function readBundle(text) {
  const bundle = Reader.read(text);
  const form = canonical(bundle);
  const isWhole = IS_COMPLETENESS.test(form);
  if (!isWhole && !IS_EVIDENCE.test(form)) refuse("a member is unknown, missing or misformed");
  const parts = isWhole ? PARTS.map((name) => bundle[name]).filter(Boolean) : [bundle];
  if (isWhole) demandShape(bundle, parts);
  for (const part of parts) {
    const placed = part.index === part.position - 1 && part.index < part.size;
    if (!placed) refuse("position, index and size do not agree");
    readCheckpoint(part.checkpoint);
    utf8(part.body);
  }
  return { bundle, isWhole };
}

/** Demand that the members of a completeness bundle go together (COMPLETENESS 1). */
function demandShape(bundle, parts) {
  const places = new Set(parts.map((part) => canonical([part.checkpoint, part.anchor])));
  if (places.size > 1) refuse("the parts stand under different checkpoints or anchors");
  const { complete, commitment, leaf, neighbours, last, next } = bundle;
  const shapes = [
    complete && commitment && leaf && !neighbours.length && (last || next),
    complete && commitment && !leaf && neighbours.length && !last && !next,
    !complete && !commitment && !leaf && !neighbours.length && !next,
  ];
  if (!shapes.some(Boolean)) refuse("its members do not go together");
}

/** Checks bundles; the signatures and the anchor of a checkpoint once for all of them. */
class Judge {
  constructor(trust, url) {
    Object.assign(this, { trust, url, signed: new Set(), anchored: new Set() });
  }

  /** Check one bundle; tells what was found. */
  async bundle(text) {
    const { bundle, isWhole } = reading("malformed", null, "not a bundle", () => readBundle(text));
    const anchored = this.url ? ", which is anchored" : "";
    if (isWhole) return (await this.completeness(bundle)) + anchored;
    await this.evidence(bundle, this.trust?.log ?? null, false);
    return `event ${bundle.position} of the log of ${bundle.size} events${anchored}`;
  }

  /** Check the evidence of one event, of this log or of any; tells what the event is. */
  async evidence(part, log, anchorDemanded) {
    const note = readCheckpoint(part.checkpoint);
    const { tree } = note;
    const { position, size } = part;
    const ours = part.log === note.log && note.log === (log ?? note.log);
    demand(ours, "wrong_log", `the evidence is of the log ${part.log}`, position);
    const event = readBody(part.body, position, note.log);
    const [previous, chain] = [fromHex(part.previous), fromHex(part.chain)];
    const begins = position > 1 || same(previous, await genesis(note.log));
    const digest = await sha256(utf8(part.body));
    const linked = begins && same(await link(position, previous, digest), chain);
    demand(linked, "chain_mismatch", "the chain hash is not that of this event", position);
    const leaf = await leafHash(chain);
    const reached = await rootOfPath(position - 1, size, leaf, part.path.map(fromHex), position);
    const meets =
      hexOf(reached) === part.root &&
      tree.size === size &&
      hexOf(tree.root) === part.root &&
      hexOf(tree.head) === part.head &&
      (position < size || part.chain === part.head);
    demand(meets, "root_mismatch", "path, root, head and checkpoint do not meet", position);
    await this.vouch(part, note, anchorDemanded);
    return event;
  }

  /** Demand that a checkpoint is signed, and anchored where that is demanded. */
  async vouch(part, note, anchorDemanded) {
    if (!this.signed.has(part.checkpoint)) {
      if (this.trust) await checkSignatures(note, this.trust);
      this.signed.add(part.checkpoint);
    }
    const missing = !part.anchor && (anchorDemanded || this.url);
    demand(!missing, "anchor_missing", "an event is not anchored yet");
    const place = canonical([part.checkpoint, part.anchor]);
    if (!this.trust || !part.anchor || this.anchored.has(place)) return;
    await checkAnchor(part.anchor, this.trust, note.tree, this.url);
    this.anchored.add(place);
  }

  /** Check where a stream ended as of a position, or that there was none (COMPLETENESS 2). */
  async completeness(bundle) {
    const { log, as_of: asOf, leaf, stream } = bundle;
    demand(log === (this.trust?.log ?? log), "wrong_log", `the bundle is of the log ${log}`, asOf);
    const found = {};
    for (const name of PARTS) {
      if (!bundle[name]) continue;
      found[name] = await this.evidence(bundle[name], log, name === "commitment");
    }
    demand(found.commitment, "incomplete", "no map that covers the position is anchored yet", asOf);
    const { position } = bundle.commitment;
    const { size, count, root } = readCommitment(position, found.commitment.event, asOf);
    demand(asOf <= size, "incomplete", `the map ends at ${size}`, asOf);
    for (const each of leaf ? [leaf] : bundle.neighbours) await checkLeaf(each, count, root, asOf);
    const key = hexOf(await sha256(utf8(stream)));
    if (leaf) {
      demand(leaf.key === key, "map_mismatch", "the leaf is of another stream", asOf);
      demand(endsHere(bundle, found, size), "not_last", `this is not where ${stream} ended`, asOf);
    } else {
      const absent = standBeside(bundle.neighbours, key, count);
      demand(absent, "neighbour_mismatch", "the stream may stand elsewhere", asOf);
    }
    const finding = describe(bundle, found);
    return `${stream} as of ${asOf}: ${finding}; by the map of ${count} streams at ${size}`;
  }
}

/** Give what a `log.streams_committed` says of the stream map. */
function readCommitment(position, event, place) {
  const fits =
    event.type === COMMITTED &&
    event.schema === 1 &&
    IS_COMMITMENT.test(canonical(event.data)) &&
    event.data.size < position;
  demand(fits, "map_mismatch", "the commitment is not one to a stream map", place);
  return event.data;
}

/** Check that a leaf is in the stream map. */
async function checkLeaf(leaf, count, root, asOf) {
  demand(leaf.index < count, "map_mismatch", `the map has ${count} leaves`, asOf);
  const content = joined(fromHex(leaf.key), bigEndian(leaf.version, 8), fromHex(leaf.chain));
  const path = leaf.path.map(fromHex);
  const reached = await rootOfPath(leaf.index, count, await leafHash(content), path, asOf);
  demand(hexOf(reached) === root, "map_mismatch", "the leaf does not lead to the root", asOf);
}

/** The root over leaves, split at the largest power of two below their number (RFC 9162, 2.1.1). */
async function rootOf(leaves) {
  if (leaves.length === 1) return leaves[0];
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return nodeHash(await rootOf(left), await rootOf(right));
}

/** Say whether a key between these leaves, or before or behind all, cannot be in the map. */
function standBeside(neighbours, key, count) {
  const [left, right] = neighbours;
  if (right) return left.index + 1 === right.index && left.key < key && key < right.key;
  return (left.index === 0 && key < left.key) || (left.index === count - 1 && left.key < key);
}

/** Say whether no event of the stream was left out between the last one and the position. */
function endsHere(bundle, found, size) {
  const { as_of: asOf, leaf, last, next, stream } = bundle;
  const version = last ? found.last.version : 0;
  if (last && !(found.last.stream === stream && last.position <= asOf)) return false;
  if (version > leaf.version) return false;
  if (version === leaf.version) return last.chain === leaf.chain && !next;
  return (
    next !== null &&
    found.next.stream === stream &&
    found.next.version === version + 1 &&
    next.position > asOf &&
    next.position <= size &&
    (found.next.version !== leaf.version || next.chain === leaf.chain)
  );
}

/** Say where a stream ended, of an account also with what. */
function describe(bundle, found) {
  if (!bundle.leaf) return "no such stream";
  if (!found.last) return "no event yet";
  const { version, event } = found.last;
  const place = `version ${version} at ${bundle.last.position}`;
  const { balance, held } =
    event.type === "account.opened" ? { balance: 0, held: 0 } : event.data;
  const known = Number.isInteger(balance) && Number.isInteger(held);
  if (!bundle.stream.startsWith("account:") || !known) return `${place} is the last`;
  return `balance ${balance}, held ${held} (${place})`;
}

/** Check a file of bundles, a line each; tells what was found. */
async function checkMany(lines, judge) {
  let count = 0;
  for await (const line of lines) {
    count++;
    try {
      await judge.bundle(reading("malformed", null, "no text", () => textOf(line)));
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      throw new Fault(error.code, `line ${count}: ${error.message}`, error.position);
    }
  }
  const anchored = judge.url ? ", all anchored" : "";
  return `${count} bundles under ${judge.signed.size} checkpoints${anchored}`;
}

// --- Two checkpoints ---------------------------------------------------------------------------------

/** Check that the tree of one checkpoint extends that of another (COMPLETENESS 4). */
async function checkConsistency(text, trust) {
  const { file, notes } = reading("malformed", null, "not a consistency file", () => {
    const file = Reader.read(text);
    if (!IS_CONSISTENCY.test(canonical(file))) refuse("a member is unknown, missing or misformed");
    const notes = [readCheckpoint(file.old), readCheckpoint(file.new)];
    if (notes[0].tree.size > notes[1].tree.size) refuse("the old size is above the new one");
    return { file, notes };
  });
  const [{ log, tree: before }, { log: other, tree: after }] = notes;
  demand(log === other && log === (trust?.log ?? log), "wrong_log", `${log} and ${other}`);
  const meets = await areConsistent(before, after, file.path.map(fromHex), log);
  demand(meets, "root_mismatch", "the path does not lead to both roots");
  for (const note of trust ? notes : []) await checkSignatures(note, trust);
  return `the log of ${after.size} events extends that of ${before.size}`;
}

async function areConsistent(before, after, path, log) {
  const agree = (left, right) => same(left.root, right.root) && same(left.head, right.head);
  if (before.size !== 0 && before.size !== after.size) {
    const [old, current] = await rootsOfConsistency(before, after, path);
    return same(old, before.root) && same(current, after.root);
  }
  demand(!path.length, "path_length", `${path.length} hashes where none belongs`);
  const empty = { root: await sha256(new Uint8Array()), head: await genesis(log) };
  const begins = before.size !== 0 || agree(before, empty);
  return begins && (before.size !== after.size || agree(before, after));
}

/** The two roots to which a path of the only possible length leads (RFC 9162, 2.1.4.2). */
async function rootsOfConsistency(before, after, path) {
  const wrong = new Fault("path_length", `${path.length} hashes from ${before.size} to ${after.size}`);
  const isPowerOfTwo = Number.isInteger(Math.log2(before.size));
  const [first, ...rest] = isPowerOfTwo ? [before.root, ...path] : path;
  if (!first) throw wrong;
  let [fn, sn] = [BigInt(before.size - 1), BigInt(after.size - 1)];
  while (fn & 1n) [fn, sn] = [fn >> 1n, sn >> 1n];
  let [old, current] = [first, first];
  for (const sibling of rest) {
    if (sn === 0n) throw wrong;
    if (fn & 1n || fn === sn) {
      [old, current] = [await nodeHash(sibling, old), await nodeHash(sibling, current)];
      while (!(fn & 1n) && fn) [fn, sn] = [fn >> 1n, sn >> 1n];
    } else {
      current = await nodeHash(current, sibling);
    }
    [fn, sn] = [fn >> 1n, sn >> 1n];
  }
  if (sn !== 0n) throw wrong;
  return [old, current];
}

// --- The anchor on chain (FORMATS 5) -----------------------------------------------------------------

/** An endpoint's answer; a fault when there is none. */
async function rpc(url, method, ...params) {
  try {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
      signal: AbortSignal.timeout(RPC_MILLISECONDS),
    });
    const said = answer.ok ? JSON.parse(await answer.text()) : null;
    if (!isObject(said) || !("result" in said)) throw new TypeError(`status ${answer.status}`);
    return said.result;
  } catch (error) {
    throw new Fault("rpc_unreachable", `no answer to ${method}: ${error.message}`.slice(0, 300));
  }
}

/** The four words that the trusted registry answers about the trusted log. */
async function askRegistry(url, trust, selector, ...words) {
  const chain = await rpc(url, "eth_chainId");
  const expected = `0x${trust.chain_id.toString(16)}`;
  demand(chain === expected, "anchor_mismatch", `the endpoint's chain is ${chain}`);
  const data = selector + hexOf(joined(await sha256(utf8(trust.log)), ...words));
  const answer = String(await rpc(url, "eth_call", { to: trust.registry, data }, "latest"));
  demand(/^0x[0-9a-f]{256}$/.test(answer), "anchor_mismatch", "there is no registry");
  return answer.slice(2).match(/.{64}/g);
}

/** Check that the trusted registry holds this tree, by its state, transaction and block. */
async function checkAnchor(anchor, trust, tree, url) {
  const registry = trust.registry.toLowerCase();
  const ours = anchor.chain_id === trust.chain_id && anchor.registry.toLowerCase() === registry;
  demand(ours, "anchor_mismatch", "the anchor is not in the trusted registry");
  if (!url) return;
  const word = bigEndian(tree.size, 32);
  const values = hexOf(tree.root) + hexOf(tree.head);
  const [root, head, , disavowed] = await askRegistry(url, trust, ANCHOR_AT, word);
  const holds = root + head === values && /^0+$/.test(disavowed);
  demand(holds, "anchor_mismatch", "the registry holds another tree, or it was disavowed");
  const number = `0x${anchor.block.toString(16)}`;
  const receipt = await rpc(url, "eth_getTransactionReceipt", anchor.transaction);
  const block = await rpc(url, "eth_getBlockByNumber", number, false);
  const known = isObject(receipt) && isObject(block) && Array.isArray(receipt.logs);
  demand(known, "anchor_mismatch", "the chain does not have that transaction");
  const topics = [ANCHORED, `0x${hexOf(await sha256(utf8(trust.log)))}`, `0x${hexOf(word)}`];
  const isEvent = (log) =>
    isObject(log) &&
    String(log.address).toLowerCase() === registry &&
    JSON.stringify(log.topics) === JSON.stringify(topics) &&
    log.data === `0x${values}`;
  const mined =
    receipt.status === "0x1" &&
    receipt.transactionHash === anchor.transaction &&
    receipt.blockNumber === number &&
    receipt.blockHash === anchor.block_hash &&
    block.hash === anchor.block_hash &&
    receipt.logs.some(isEvent);
  demand(mined, "anchor_mismatch", "on chain there is another transaction, block or event");
}

// --- A feed ------------------------------------------------------------------------------------------

const EFFECTS = {
  debited: [-1, 0],
  credited: [1, 0],
  held: [0, 1],
  posted: [-1, -1],
  released: [0, -1],
  opened: [0, 0],
};
const OWN_MEMBERS = new Set(["position", "body", "chain", "changes"]);

/** Give a line of the feed, which stands at its place, and the hash of its body. */
async function readRecord(line, position) {
  const record = reading("malformed", position, "not a record of a feed", () => {
    const record = Reader.read(textOf(line));
    if (!isObject(record) || !Number.isInteger(record.position)) refuse("no position");
    const named = isRedacted(record) ? record.body_hash : record.chain;
    const fits = [named, record.chain].every((hash) => typeof hash === "string" && IS_HASH.test(hash));
    if (!fits) refuse("a hash");
    if (!isRedacted(record) && typeof record.body !== "string") refuse("no body");
    return record;
  });
  if (isRedacted(record)) {
    demand(record.position === position, "gap", `${record.position} stands in its place`, position);
    return { record, digest: fromHex(record.body_hash) };
  }
  const body = reading("malformed", position, "not a record", () => utf8(record.body));
  demand(record.position === position, "gap", `${record.position} stands in its place`, position);
  return { record, digest: await sha256(body) };
}

const isRedacted = (record) => Object.keys(record).length === 3 && "body_hash" in record;

/** A feed from its start: chain, tree and versions; unless quick also bodies and books. */
class Feed {
  constructor(log, trees, quick) {
    Object.assign(this, { log, trees, quick });
    Object.assign(this, { at: "", command: "", moved: 0, redacted: 0, hidden: 0 });
    this.versions = new Map();
    this.accounts = new Map();
    this.transfers = new Map();
    this.ends = new Map(); // of the streams at the size of the last commitment, by key
    this.mapped = 0; // that size
    this.since = []; // the streams of the events behind it
    this.tails = new Uint8Array(END_LENGTH); // their versions and chain values, one behind the other
    this.names = new Map(); // each name once: a piece of a body would keep the whole body
  }

  /** Read all records and tell what was found. */
  async run(lines) {
    let [chain, count, peaks] = [await genesis(this.log), 0, []];
    for await (const line of lines) {
      count++;
      const { record, digest } = await readRecord(line, count);
      const envelope = this.inspect(record, count);
      chain = await link(count, chain, digest);
      const continues = hexOf(chain) === record.chain;
      demand(continues, "chain_mismatch", "the record does not continue the chain", count);
      let leaf = await leafHash(chain);
      for (let size = count - 1; size % 2 === 1; size = Math.floor(size / 2)) {
        leaf = await nodeHash(peaks.pop(), leaf);
      }
      peaks.push(leaf);
      if (envelope) this.follow(envelope, count);
      if (envelope?.event && !this.redacted) await this.map(envelope, count, chain);
      await this.compare(count, peaks, chain);
    }
    const last = Math.max(0, ...this.trees.map((tree) => tree.size));
    demand(count >= last, "tail_missing", `${last} events are vouched for`, count + 1);
    this.demandBalance();
    return this.summary(count, chain);
  }

  async compare(count, peaks, chain) {
    for (const tree of this.trees) {
      if (tree.size !== count) continue;
      let root = peaks.at(-1);
      for (const peak of peaks.slice(0, -1).reverse()) root = await nodeHash(peak, root);
      const agrees = same(tree.root, root) && same(tree.head, chain);
      demand(agrees, "fork", "another tree is vouched for", count);
    }
  }

  /** Demand that the log committed to no other stream map than its own records give. */
  async map({ stream, version, event }, position, chain) {
    this.remember(stream, joined(bigEndian(version, 8), chain));
    if (event.type !== COMMITTED) return;
    const { size, count, root } = readCommitment(position, event, position);
    const rises = size > this.mapped;
    const news = this.since.splice(0, rises ? size - this.mapped : 0);
    for (const [at, name] of news.entries()) {
      const key = await sha256(utf8(name));
      const end = this.tails.subarray(at * END_LENGTH, (at + 1) * END_LENGTH);
      this.ends.set(hexOf(key), await leafHash(joined(key, end)));
    }
    this.tails.copyWithin(0, news.length * END_LENGTH);
    this.mapped = size;
    const leaves = [...this.ends.keys()].sort().map((key) => this.ends.get(key));
    const agrees = rises && leaves.length === count && hexOf(await rootOf(leaves)) === root;
    demand(agrees, "map_mismatch", `not the map at ${size}`, position);
  }

  /** Note where a stream stands behind the last commitment. */
  remember(stream, end) {
    const at = this.since.length * END_LENGTH;
    if (at === this.tails.length) this.tails = joined(this.tails, new Uint8Array(at));
    this.tails.set(end, at);
    if (!this.names.has(stream)) this.names.set(stream, stream);
    this.since.push(this.names.get(stream));
  }

  summary(count, chain) {
    const checked = ["chain", "tree", ...(this.quick ? [] : ["bodies"])];
    if (!this.redacted) checked.push("versions", ...(this.quick ? [] : ["books", "maps"]));
    const names = checked.map((name) => `'${name}'`).join(", ");
    return `${count} events, head ${hexOf(chain)}, ${this.redacted} redacted; checked: [${names}]`;
  }

  /** Give stream, version and content of a record that says the same as its body. */
  inspect(record, position) {
    if ("body_hash" in record) {
      this.redacted++;
      this.transfers.clear();
      return null;
    }
    if (this.quick) {
      const found = TAIL.exec(record.body.slice(Math.max(0, record.body.lastIndexOf('"stream":"'))));
      demand(found, "body_mismatch", "the body names no stream and version", position);
      return { stream: found[1], version: Number(found[2]), event: null };
    }
    const { at, stream, version, event } = readBody(record.body, position, this.log);
    const own = { id: record.chain, paging_token: String(position), ...event };
    for (const [name, value] of Object.entries(record)) {
      if (OWN_MEMBERS.has(name)) continue;
      const agrees = canonical(value) === canonical(own[name] ?? null);
      demand(agrees, "body_mismatch", "the record does not say what its body says", position);
    }
    demand(at >= this.at, "body_mismatch", "time runs back", position);
    this.at = at;
    return { stream, version, event };
  }

  /** Demand the next version of the stream, and of an account what FORMATS 10 says. */
  follow({ stream, version, event }, position) {
    const skipped = version - (this.versions.get(stream) ?? 0) - 1;
    this.hidden += skipped;
    this.versions.set(stream, version);
    const follows = skipped >= 0 && this.hidden <= this.redacted;
    demand(follows, "version_gap", `version ${version} of ${stream}`, position);
    if (!event || this.redacted) return;
    if (event.command !== this.command) this.demandBalance();
    this.command = event.command;
    const [aggregate, fact] = event.type.split(".");
    if (aggregate !== "account" || !(fact in EFFECTS)) return;
    this.moved = position;
    reading("unbalanced", position, `${fact} ${stream}`, () => this.move(stream, fact, event.data));
  }

  demandBalance() {
    const open = [...this.transfers.keys()];
    demand(!open.length, "unbalanced", `transfers ${open}`, this.moved);
  }

  /** Apply one account event, which must leave what it says. */
  move(stream, fact, data) {
    const [kind, owner, ...rest] = stream.replace(":", "/").split("/");
    if (kind !== "account" || rest.length < 2) refuse("not an account's name");
    const asset = rest.slice(1).join("/");
    const before = this.accounts.get(stream);
    if ((fact === "opened") === (before !== undefined)) {
      refuse("an account is opened once and before all else");
    }
    if (fact === "opened") {
      this.accounts.set(stream, { balance: 0, held: 0, holds: new Map() });
      return;
    }
    const [onBalance, onHeld] = EFFECTS[fact];
    const { amount } = data;
    if (!Number.isInteger(amount) || amount < 1) refuse("an amount that may not be");
    const balance = before.balance + onBalance * amount;
    const held = before.held + onHeld * amount;
    if (balance !== data.balance || held !== data.held) {
      refuse("balance or held is not what the amount leaves");
    }
    if (owner !== "outside" && !(held >= 0 && held <= balance)) refuse("more than there is");
    if (onHeld) this.hold(before.holds, fact, data, onHeld * amount);
    if (onBalance) this.transfer(data.transfer, asset, onBalance * amount);
    this.accounts.set(stream, { balance, held, holds: before.holds });
  }

  /** A hold is posted in parts and ends once. */
  hold(holds, fact, data, change) {
    if (data.hold === undefined || typeof data.hold === "object") refuse("no hold is named");
    const left = (holds.get(data.hold) ?? 0) + change;
    holds.delete(data.hold);
    const fits = fact === "held" ? left === change : left === 0 || (left > 0 && fact === "posted");
    if (!fits) refuse("a hold that may not be");
    if (left) holds.set(data.hold, left);
  }

  transfer(name, asset, change) {
    if (name === undefined || typeof name === "object") refuse("no transfer is named");
    const key = canonical([name, asset]);
    const left = (this.transfers.get(key) ?? 0) + change;
    if (left) this.transfers.set(key, left);
    else this.transfers.delete(key);
  }
}

/** Check a feed from its first to its last record; tells what was found. */
async function checkFeed(lines, trust, given, options) {
  let first = new Uint8Array();
  for await (const line of lines()) {
    first = line;
    break;
  }
  const opened = ENVELOPE.exec((await readRecord(first, 1)).record.body ?? "");
  const logs = new Set([opened?.[4], given?.log, trust?.log].filter(Boolean));
  demand(logs.size === 1, "wrong_log", `feed, checkpoint and trust name ${[...logs]}`, 1);
  const trees = given ? [given.tree] : [];
  if (given && trust) await checkSignatures(given, trust);
  if (options.rpc && trust) {
    const [size, root, head] = await askRegistry(options.rpc, trust, LATEST);
    demand(!/^0+$/.test(size), "anchor_missing", "the registry holds no anchor of the log");
    trees.push({ size: Number(`0x${size}`), root: fromHex(root), head: fromHex(head) });
  }
  const [log] = logs;
  return new Feed(log, trees, options.quick).run(lines());
}

// --- The judgement -----------------------------------------------------------------------------------

/** Lines of bytes, ends included, each at most LINE_LIMIT long; as a file's `readline` gives them. */
export function* linesOf(bytes) {
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(10, at);
    const next = Math.min(end < 0 ? bytes.length : end + 1, at + LINE_LIMIT);
    yield bytes.subarray(at, next);
    at = next;
  }
}

/** Say whether a first line is that of a feed; a bundle names at least two of the three. */
function beginsFeed(line) {
  const text = new TextDecoder("latin1").decode(line);
  const named = text.match(/"(format|previous|root)"/g) ?? [];
  return text.includes('"position"') && named.length < 2;
}

/** Say whether the first line is a whole JSON object, and something follows it. */
function beginsMany(first, bytes) {
  const latin = new TextDecoder("latin1");
  const strip = (part) => latin.decode(part).replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
  const line = strip(first);
  const isWhole = line.startsWith("{") && line.endsWith("}");
  return isWhole && strip(bytes.subarray(first.length)) !== "";
}

/** Check a file that is one document, a bundle or a consistency file. */
async function checkDocument(text, judge) {
  let document = null;
  try {
    document = Reader.read(text);
  } catch (error) {
    if (!(error instanceof Misformed)) throw error; // the judge says what is wrong
  }
  if (document?.format !== "tallystick/consistency/v1") return judge.bundle(text);
  demand(!judge.url, "usage", "--rpc is for bundles and feeds");
  return checkConsistency(text, judge.trust);
}

async function verify(evidence, options) {
  let code = "usage";
  try {
    const trust = options.trust === null ? null : await readTrust(textOf(options.trust));
    const honest = !options.rpc || (trust && /^https?:\/\//.test(options.rpc));
    demand(honest, "usage", "--rpc takes an http address and needs --trust");
    code = "malformed";
    const checkpoint = options.checkpoint;
    const given = checkpoint === null ? null : readCheckpoint(textOf(checkpoint));
    const [first = new Uint8Array()] = evidence.lines();
    if (beginsFeed(first)) return await checkFeed(evidence.lines, trust, given, options);
    demand(!given, "usage", "--checkpoint is for feeds; a bundle carries its own");
    const judge = new Judge(trust, options.rpc);
    const bytes = evidence.whole();
    if (beginsMany(first, bytes)) return await checkMany(evidence.lines(), judge);
    demand(bytes.length <= 2 * LINE_LIMIT, "malformed", "longer than any bundle");
    return await checkDocument(textOf(bytes), judge);
  } catch (error) {
    if (!(error instanceof Misformed)) throw error;
    throw new Fault(code, `not to be read: ${error.message}`);
  }
}

/**
 * Judge evidence: `{code, position, detail}`.
 *
 * `evidence` is a Uint8Array; `options` may give `trust` and `checkpoint` (Uint8Arrays), `rpc`
 * (an address) and `quick`.
 */
export async function judge(evidence, options = {}) {
  const wanted = { trust: null, checkpoint: null, rpc: "", quick: false, ...options };
  const source =
    evidence instanceof Uint8Array
      ? { lines: () => linesOf(evidence), whole: () => evidence.subarray(0, 2 * LINE_LIMIT + 1) }
      : evidence;
  try {
    const detail = await verify(source, wanted);
    return { code: wanted.trust === null ? "untrusted" : "ok", position: null, detail };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { code: error.code, position: error.position, detail: error.message };
  }
}

// --- The command line, on Node only ------------------------------------------------------------------

const USAGE =
  "usage: verify.mjs BUNDLE|FEED --trust FILE [--checkpoint FILE] [--rpc URL] [--quick] [--json]";

async function useNode() {
  const { createHash, createPublicKey, verify: holds } = await import("node:crypto");
  const PREFIX = fromHex("302a300506032b6570032100"); // SubjectPublicKeyInfo of Ed25519
  provider = {
    sha256: (bytes) => createHash("sha256").update(bytes).digest(),
    ed25519: (key, signature, message) =>
      holds(
        null,
        message,
        createPublicKey({ key: Buffer.from(joined(PREFIX, key)), format: "der", type: "spki" }),
        signature,
      ),
  };
}

/** A file as lines, read in pieces, so that a feed of any length takes the same memory. */
async function fileSource(path) {
  const files = await import("node:fs");
  const PIECE = 1 << 20;
  function* lines() {
    const handle = files.openSync(path, "r");
    try {
      let rest = new Uint8Array();
      const piece = new Uint8Array(PIECE);
      for (let length; (length = files.readSync(handle, piece)) > 0; ) {
        const known = joined(rest, piece.subarray(0, length));
        const end = known.length < LINE_LIMIT ? known.lastIndexOf(10) + 1 : known.length;
        yield* linesOf(known.subarray(0, end));
        rest = known.slice(end);
      }
      if (rest.length) yield rest;
    } finally {
      files.closeSync(handle);
    }
  }
  function head() {
    const handle = files.openSync(path, "r");
    try {
      const bytes = new Uint8Array(2 * LINE_LIMIT + 1);
      return bytes.subarray(0, files.readSync(handle, bytes));
    } finally {
      files.closeSync(handle);
    }
  }
  files.closeSync(files.openSync(path, "r"));
  return { lines, whole: head };
}

/** Judge what the arguments name; prints the answer, gives the exit status. */
export async function main(argv, print = console.log) {
  const { parseArgs } = await import("node:util");
  const { readFileSync } = await import("node:fs");
  const text = { type: "string", default: "" };
  const flag = { type: "boolean", default: false };
  let found;
  try {
    const options = { trust: text, checkpoint: text, rpc: text, quick: flag, json: flag };
    found = parseArgs({ args: argv, options, allowPositionals: true });
  } catch (error) {
    console.error(`${USAGE}\n${error.message}`);
    return STATUS.usage;
  }
  const { values, positionals } = found;
  if (positionals.length !== 1) {
    console.error(USAGE);
    return STATUS.usage;
  }
  await useNode();
  let answer;
  try {
    const [trust, checkpoint] = [values.trust, values.checkpoint].map((name) =>
      name ? new Uint8Array(readFileSync(name)) : null,
    );
    answer = await judge(await fileSource(positionals[0]), { ...values, trust, checkpoint });
  } catch (error) {
    if (!error.syscall) throw error;
    answer = { code: "usage", position: null, detail: `not to be read: ${error.message}` };
  }
  const place = answer.position ? ` at ${answer.position}` : "";
  print(values.json ? JSON.stringify(answer) : `${answer.code}${place}: ${answer.detail}`);
  return STATUS[answer.code] ?? 1;
}

const isNode = typeof process !== "undefined" && Boolean(process.versions?.node);
if (isNode && process.argv[1]) {
  const { realpathSync } = await import("node:fs");
  const { pathToFileURL } = await import("node:url");
  if (pathToFileURL(realpathSync(process.argv[1])).href === import.meta.url) {
    process.exitCode = await main(process.argv.slice(2));
  }
}

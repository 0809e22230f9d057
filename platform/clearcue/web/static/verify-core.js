// Verifies a bundle with the browser's own cryptography (WebCrypto). Nothing is fetched, and nothing is sent.
//
// The steps are those of clearcue_provenance/verify.py, with their numbers; docs/formats/ specifies them. What this
// leaves to clearcue-verify: the shape of every field of a predicate, and licence ends. Every function throws a
// `Refused` at the first thing that does not hold.

export const RECORD = "urn:clearcue:predicate:generation:v1";
export const LICENCE = "urn:clearcue:predicate:licence:v1";
export const DELIVERY = "urn:clearcue:predicate:delivery:v1";
export const AUTHORSHIP = "urn:clearcue:predicate:authorship:v1";
const PAYLOAD_TYPE = "application/vnd.in-toto+json";
const MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json";
const ROOT_TYPES = ["urn:clearcue:trust-root:v1", "urn:clearcue:trust-root:v2"];
const ROOT_PAYLOAD = "application/vnd.clearcue.trust-root+json";
const DETAILS = { ed25519: "PKIX_ED25519", "ecdsa-p256-sha256": "PKIX_ECDSA_P256_SHA_256" };
const MAX_BUNDLE_BYTES = 16 * 2 ** 20;
const TIMES = { [LICENCE]: "issued_at", [DELIVERY]: "delivered_at", [AUTHORSHIP]: "stated_at" };
const utf8 = new TextEncoder();

export class Refused extends Error {
  constructor(check, message) {
    super(message);
    this.check = check;
  }
}

function need(holds, check, message) {
  if (!holds) throw new Refused(check, message);
}

// ---- bytes ----
export function fromBase64(text, check) {
  need(typeof text === "string" && /^[A-Za-z0-9+/]*={0,2}$/.test(text), check, "not base64");
  let binary = "";
  try {
    binary = atob(text);
  } catch {
    throw new Refused(check, "not base64");
  }
  need(btoa(binary) === text, check, "base64 that is not canonical");
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

function toBase64(bytes) {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function same(one, other) {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

async function sha256(...parts) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", joined(...parts)));
}

function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function digestOf(bytes) {
  return hex(await sha256(bytes));
}

// ---- canonical JSON ----
export function canonical(value, check, levels = 32) {
  if (value === null || typeof value === "boolean") return JSON.stringify(value);
  if (typeof value === "number") {
    need(Number.isSafeInteger(value), check, "a number that is not an integer of the permitted range");
    return String(value);
  }
  if (typeof value === "string") {
    need(!/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(value), check, "a lone surrogate");
    return JSON.stringify(value);
  }
  need(levels > 0, check, "nested deeper than 32 levels");
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item, check, levels - 1)).join(",")}]`;
  const names = Object.keys(value).sort();
  need(names.every((name) => /^[ -~]{1,64}$/.test(name)), check, "a key that is not printable ASCII");
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name], check, levels - 1)}`).join(",")}}`;
}

function strictly(bytes, check) {
  need(bytes.length <= MAX_BUNDLE_BYTES, check, "larger than a bundle can be");
  let value;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    throw new Refused(check, "not JSON in UTF-8");
  }
  need(same(utf8.encode(canonical(value, check)), bytes), check, "not in canonical encoding");
  return value;
}

function fields(value, names, check) {
  const held = value !== null && typeof value === "object" && !Array.isArray(value) ? Object.keys(value).sort() : [];
  need(held.join() === [...names].sort().join(), check, `its fields are not ${names.join(", ")}`);
  return value;
}

// ---- keys ----
async function verifies(entry, signature, message) {
  const spki = fromBase64(entry.public_key, "trust root");
  const ed25519 = entry.algorithm === "ed25519";
  const kind = ed25519 ? { name: "Ed25519" } : { name: "ECDSA", namedCurve: "P-256" };
  const raw = ed25519 ? signature : rawEcdsa(signature);
  if (raw === null) return false;
  const key = await crypto.subtle.importKey("spki", spki, kind, true, ["verify"]);
  return crypto.subtle.verify(ed25519 ? kind : { name: "ECDSA", hash: "SHA-256" }, key, raw, message);
}

// WebCrypto takes r and s behind each other; signatures are stored as DER.
function rawEcdsa(der) {
  const whole = new Uint8Array(64);
  let at = 2;
  if (der[0] !== 0x30 || der[1] !== der.length - 2) return null;
  for (const end of [32, 64]) {
    if (der[at] !== 0x02) return null;
    const number = der.slice(at + 2, at + 2 + der[at + 1]);
    const trimmed = number[0] === 0 ? number.slice(1) : number;
    if (trimmed.length > 32 || (number[0] === 0 && !(trimmed[0] & 0x80))) return null;
    whole.set(trimmed, end - trimmed.length);
    at += 2 + der[at + 1];
  }
  return at === der.length ? whole : null;
}

async function rawKey(entry) {
  return fromBase64(entry.public_key, "trust root").slice(-32);
}

function pae(type, payload) {
  return joined(utf8.encode(`DSSEv1 ${utf8.encode(type).length} ${type} ${payload.length} `), payload);
}

export async function readTrustRoot(bytes, now) {
  let root;
  try {
    root = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new Refused("trust root", "the trust root is not JSON");
  }
  need(root !== null && ROOT_TYPES.includes(root.type), "trust root", "this is no trust root");
  need(Array.isArray(root.keys) && Array.isArray(root.logs), "trust root", "the trust root lacks keys or logs");
  const held = [...root.keys, ...(root.witnesses ?? []), ...(root.root?.keys ?? [])];
  for (const entry of held) {
    const id = await digestOf(fromBase64(entry.public_key, "trust root"));
    need(id === entry.key_id && entry.algorithm in DETAILS, "trust root", "a key that is not what its entry says");
  }
  if (root.expires_at) need(now < Date.parse(root.expires_at), "trust root", `the trust root expired at ${root.expires_at}`);
  if (root.root) await checkRootSignatures(root);
  return root;
}

async function checkRootSignatures(root) {
  const { signatures, ...rest } = root;
  const message = pae(ROOT_PAYLOAD, utf8.encode(canonical(rest, "trust root")));
  const signed = new Set();
  for (const entry of signatures) {
    const key = root.root.keys.find((one) => one.key_id === entry.key_id);
    const good = key && (await verifies(key, fromBase64(entry.sig, "trust root"), message));
    need(!key || good, "trust root", "a root key's signature does not match the trust root");
    if (good) signed.add(entry.key_id);
  }
  need(signed.size >= root.root.threshold, "trust root", `signed by ${signed.size} of its root keys; it takes ${root.root.threshold}`);
}

// ---- the log ----
async function rootFrom(leaf, index, size, path) {
  need(index < size, "log proof", "the log has no such leaf");
  let position = index;
  let last = size - 1;
  let result = leaf;
  const node = (left, right) => sha256(Uint8Array.of(1), left, right);
  for (const sibling of path) {
    need(last !== 0, "log proof", "the inclusion proof is too long");
    if (position % 2 === 1 || position === last) {
      result = await node(sibling, result);
      while (position % 2 === 0 && position !== 0) {
        position = Math.floor(position / 2);
        last = Math.floor(last / 2);
      }
    } else {
      result = await node(result, sibling);
    }
    position = Math.floor(position / 2);
    last = Math.floor(last / 2);
  }
  need(last === 0, "log proof", "the inclusion proof is too short");
  return result;
}

function whole(text, check) {
  need(typeof text === "string" && /^(0|[1-9][0-9]{0,15})$/.test(text), check, "a number that is not whole");
  return Number(text);
}

function readCheckpoint(text) {
  const lines = typeof text === "string" ? text.split("\n") : [];
  const shaped = lines.length >= 6 && lines.length <= 22 && lines[3] === "" && lines.at(-1) === "";
  need(shaped, "log proof", "a checkpoint must have three lines, a blank one and its signatures");
  const signatures = lines.slice(4, -1).map((line) => {
    const words = line.split(" ");
    need(words.length === 3 && words[0] === "\u2014", "log proof", "a line that is no signature");
    return { name: words[1], blob: fromBase64(words[2], "log proof") };
  });
  need(signatures[0].name === lines[0], "log proof", "a checkpoint must be signed under the name of its origin");
  need(signatures[0].blob.length === 68, "log proof", "a log's signature of another length");
  const root = fromBase64(lines[2], "log proof");
  return { origin: lines[0], size: whole(lines[1], "log proof"), root, own: signatures[0].blob, witnesses: signatures.slice(1),
    text: utf8.encode(`${lines.slice(0, 3).join("\n")}\n`) };
}

async function keyHash(name, type, raw) {
  return sha256(utf8.encode(`${name}\n`), Uint8Array.of(type), raw);
}

async function checkCheckpoint(head, root) {
  const log = root.logs.find((one) => one.origin === head.origin);
  need(log, "log proof", "the log is not one that the trust root names");
  await checkWitnesses(head, root);
  for (const id of log.checkpoint_keys) {
    const key = root.keys.find((one) => one.key_id === id && one.purpose === "checkpoints");
    const logId = await keyHash(head.origin, 1, await rawKey(key));
    if (!same(logId.slice(0, 4), head.own.slice(0, 4))) continue;
    need(await verifies(key, head.own.slice(4), head.text), "log proof", "the checkpoint's signature does not match its text");
    return logId;
  }
  throw new Refused("log proof", "the checkpoint is signed with a key that the trust root does not hold");
}

async function checkWitnesses(head, root) {
  const seen = new Set();
  for (const { name, blob } of head.witnesses) {
    need(!seen.has(name), "log proof", "one witness has cosigned the checkpoint twice");
    seen.add(name);
    const witness = (root.witnesses ?? []).find((one) => one.name === name);
    need(witness, "log proof", `the checkpoint is cosigned by ${name}, which the trust root does not name`);
    need(blob.length === 76, "log proof", "a signature that is not the log's or a witness's");
    const known = (await keyHash(name, 4, await rawKey(witness))).slice(0, 4);
    need(same(known, blob.slice(0, 4)), "log proof", `the cosignature of ${name} is by another key`);
    const time = new DataView(blob.buffer).getBigUint64(4);
    const message = joined(utf8.encode(`cosignature/v1\ntime ${time}\n`), head.text);
    const good = time > 0n && (await verifies(witness, blob.slice(12), message));
    need(good, "log proof", `the cosignature of ${name} does not match the checkpoint`);
  }
  need(seen.size >= (root.quorum ?? 0), "log proof", `${seen.size} witnesses have cosigned; the trust root asks for ${root.quorum}`);
}

// ---- the bundle ----
export async function verifyBundle(bytes, root, kind = RECORD) {
  const value = strictly(bytes, "bundle"); // 1
  fields(value, ["dsseEnvelope", "mediaType", "verificationMaterial"], "bundle");
  need(value.mediaType === MEDIA_TYPE, "bundle", "another media type");
  const { key, signature, payload } = await checkEnvelope(value.dsseEnvelope, root); // 2, 3
  const material = fields(value.verificationMaterial, ["publicKey", "tlogEntries"], "log proof");
  fields(material.publicKey, ["hint"], "log proof");
  need(material.publicKey.hint === key.key_id, "envelope", "the bundle's key hint is not the signer's");
  need(Array.isArray(material.tlogEntries) && material.tlogEntries.length === 1, "log proof", "there must be one log entry");
  const place = await checkEntry(material.tlogEntries[0], key, signature, payload, root); // 4, 5, 6
  const statement = strictly(payload, "statement"); // 7
  fields(statement, ["_type", "predicate", "predicateType", "subject"], "statement");
  need(statement._type === "https://in-toto.io/Statement/v1", "statement", "another type of statement");
  need(statement.predicateType === kind, "statement", "this bundle states something else");
  checkTime(statement, key, place);
  checkSubjects(statement.subject);
  if (kind === RECORD) checkGeneration(statement.predicate);
  const record = await digestOf(utf8.encode(canonical(value.dsseEnvelope, "envelope")));
  return { statement, record, signer: key.key_id, ...place };
}

async function checkEnvelope(envelope, root) {
  fields(envelope, ["payload", "payloadType", "signatures"], "envelope");
  need(envelope.payloadType === PAYLOAD_TYPE, "envelope", "another payload type");
  need(Array.isArray(envelope.signatures) && envelope.signatures.length === 1, "envelope", "there must be one signature");
  const [entry] = envelope.signatures;
  fields(entry, ["keyid", "sig"], "envelope");
  const key = root.keys.find((one) => one.key_id === entry.keyid && one.purpose === "records");
  need(key, "envelope", "signed with a key that the trust root does not hold for records");
  const payload = fromBase64(envelope.payload, "envelope");
  const signature = fromBase64(entry.sig, "envelope");
  const good = await verifies(key, signature, pae(PAYLOAD_TYPE, payload));
  need(good, "envelope", "the signature does not match the signed bytes");
  return { key, signature, payload };
}

async function checkEntry(entry, key, signature, payload, root) {
  fields(entry, ["canonicalizedBody", "inclusionProof", "kindVersion", "logId", "logIndex"], "log proof");
  fields(entry.kindVersion, ["kind", "version"], "log proof");
  need(entry.kindVersion.kind === "dsse" && entry.kindVersion.version === "0.0.2", "log proof", "another kind of entry");
  fields(entry.logId, ["keyId"], "log proof");
  const proof = fields(entry.inclusionProof, ["checkpoint", "hashes", "logIndex", "rootHash", "treeSize"], "log proof");
  fields(proof.checkpoint, ["envelope"], "log proof");
  const head = readCheckpoint(proof.checkpoint.envelope);
  const index = whole(entry.logIndex, "log proof");
  need(proof.logIndex === entry.logIndex, "log proof", "the bundle names two different places in the log");
  need(whole(proof.treeSize, "log proof") === head.size, "log proof", "the bundle and its checkpoint name different sizes");
  const body = utf8.encode(await leafOf(key, signature, payload));
  need(same(body, fromBase64(entry.canonicalizedBody, "log proof")), "log proof", "the log's leaf is not that of this envelope and key");
  need(Array.isArray(proof.hashes) && proof.hashes.length <= 64, "log proof", "a proof of more than 64 hashes");
  const path = proof.hashes.map((text) => fromBase64(text, "log proof"));
  need(path.every((item) => item.length === 32), "log proof", "a hash of another length");
  const found = await rootFrom(await sha256(Uint8Array.of(0), body), index, head.size, path);
  const leads = same(found, head.root) && same(found, fromBase64(proof.rootHash, "log proof"));
  need(leads, "log proof", "the proof does not lead to the checkpoint's root hash");
  const logId = await checkCheckpoint(head, root); // 5
  need(same(logId, fromBase64(entry.logId.keyId, "log proof")), "log proof", "the bundle names another log key"); // 6
  return { index, origin: head.origin, size: head.size, witnesses: head.witnesses.map((one) => one.name) };
}

async function leafOf(key, signature, payload) {
  const digest = toBase64(await sha256(payload));
  const verifier = { keyDetails: DETAILS[key.algorithm], publicKey: { rawBytes: key.public_key } };
  const signatures = [{ content: toBase64(signature), verifier }];
  const spec = { dsseV002: { payloadHash: { algorithm: "SHA2_256", digest }, signatures } };
  return canonical({ apiVersion: "0.0.2", kind: "dsse", spec }, "log proof");
}

function checkTime(statement, key, place) {
  const { predicate, predicateType } = statement;
  const text = predicateType === RECORD ? predicate.runDetails?.metadata?.finishedOn : predicate[TIMES[predicateType]];
  need(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text), "statement", "the statement states no time");
  const early = text < key.valid_from || (key.valid_until && text >= key.valid_until);
  const gone = key.revoked && text >= key.revoked.from;
  need(!early && !gone, "statement", `the statement was made at ${text}, when its key was not allowed to sign`);
  const late = key.revoked && key.revoked.origin === place.origin && place.index >= key.revoked.size;
  need(!late, "statement", "the statement was logged after its key had been revoked");
}

function checkSubjects(subjects) {
  need(Array.isArray(subjects) && subjects.length > 0, "statement", "the statement has no subjects");
  for (const subject of subjects) {
    fields(subject.digest, ["sha256"], "statement");
    need(/^[0-9a-f]{64}$/.test(subject.digest.sha256), "statement", "a subject without its sha256");
  }
  need(new Set(subjects.map((one) => one.name)).size === subjects.length, "statement", "two subjects have one name");
}

function checkGeneration(predicate) {
  const { startedOn, finishedOn } = predicate.runDetails.metadata;
  need(finishedOn >= startedOn, "statement", "the generation finishes before it starts");
  const parts = predicate.influence?.parts;
  need(Array.isArray(parts) && parts.length > 0, "statement", "the record states no influence");
  need(new Set(parts.map((one) => one.part)).size === parts.length, "statement", "the influence of one part is stated twice");
  for (const { part, learnt, sources } of parts) {
    const all = sum(sources.map((one) => one.share));
    need(sources.length === 0 || all[0] === all[1], "statement", `the shares of the part ${part} do not sum to one`);
    const works = sum(sources.filter((one) => one.kind === "work").map((one) => one.share));
    const said = share(learnt);
    need(works[0] * said[1] === said[0] * works[1], "statement", `the learnt fraction of the part ${part} is not that of its works`);
  }
}

// Exact shares as [numerator, denominator] in lowest terms.
function share(text) {
  const found = /^(0|[1-9][0-9]{0,3999})\/([1-9][0-9]{0,3999})$/.exec(text);
  need(found, "statement", "a share that is no fraction");
  const lowest = reduced(BigInt(found[1]), BigInt(found[2]));
  need(lowest[1] === BigInt(found[2]), "statement", "a share that is not in lowest terms");
  return lowest;
}

function sum(texts) {
  return texts.map(share).reduce(([a, b], [c, d]) => reduced(a * d + c * b, b * d), [0n, 1n]);
}

function reduced(numerator, denominator) {
  let [one, other] = [numerator, denominator];
  while (other) [one, other] = [other, one % other];
  return [numerator / one, denominator / one];
}

// ---- the files ----
export async function checkFile(bytes, main, delivered = []) {
  const digest = await digestOf(bytes);
  const listed = delivered.find((one) => one.sha256 === digest);
  const pcm = readPcm(bytes);
  for (const subject of main.statement.subject) {
    const notes = subject.annotations;
    if (!notes && subject.digest.sha256 === digest) return `is the record's ${subject.name}`;
    const fits = notes && pcm && notes.sample_rate === pcm.rate && notes.channels === pcm.channels && notes.sample_width_bits === pcm.bits;
    if (fits && subject.digest.sha256 === (await digestOf(pcm.samples))) return `its samples are the record's ${subject.name}`;
  }
  if (listed) return `is the delivered ${listed.name}, by its hash`;
  throw new Refused("file", "is neither a subject of the record nor a delivered file");
}

function readPcm(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const name = (at) => String.fromCharCode(...bytes.slice(at, at + 4));
  if (bytes.length < 12 || name(0) !== "RIFF" || name(8) !== "WAVE" || view.getUint32(4, true) !== bytes.length - 8) return null;
  let form = null;
  let samples = null;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const size = view.getUint32(at + 4, true);
    const end = at + 8 + size;
    if (end > bytes.length) return null;
    if (name(at) === "fmt ") {
      if (form || view.getUint16(at + 8, true) !== 1) return null;
      form = { channels: view.getUint16(at + 10, true), rate: view.getUint32(at + 12, true), bits: view.getUint16(at + 22, true) };
    } else if (name(at) === "data") {
      if (samples) return null;
      samples = bytes.subarray(at + 8, end);
    }
    at = end + (size % 2);
  }
  return form && samples ? { ...form, samples } : null;
}

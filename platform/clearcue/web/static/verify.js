// The page that verifies files in the browser. Nothing leaves this machine: the files are read here, and the page's
// policy lets it connect to nothing else.
import { AUTHORSHIP, DELIVERY, LICENCE, RECORD, Refused, checkFile, readTrustRoot, verifyBundle } from "./verify-core.js";

const form = document.getElementById("verify");
const verdict = document.getElementById("verdict");
const list = document.getElementById("checks");
const KINDS = { "licence.json": LICENCE, "delivery.json": DELIVERY, "authorship.json": AUTHORSHIP };

async function bytesOf(file) {
  return new Uint8Array(await file.arrayBuffer());
}

function tell(passed, text) {
  const line = document.createElement("li");
  line.className = passed ? "passed" : "failed";
  line.textContent = `${passed ? "Holds" : "Fails"}: ${text}`;
  list.append(line);
  return passed;
}

async function attempt(name, work) {
  try {
    const [told, value] = await work();
    tell(true, `${name}: ${told}`);
    return value ?? true;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    tell(false, `${name}: ${error.check}: ${error.message}`);
    return null;
  }
}

async function run() {
  list.replaceChildren();
  const chosen = [...form.elements.files.files];
  const bundle = form.elements.bundle.files[0];
  const root = await attempt("trust root", async () => {
    const value = await readTrustRoot(await bytesOf(form.elements.root.files[0]), Date.now());
    return [`${value.keys.length} keys, ${value.logs.length} log`, value];
  });
  const main = root && (await attempt(bundle.name, async () => {
    const value = await verifyBundle(await bytesOf(bundle), root, RECORD);
    return [`signed by ${value.signer}, number ${value.index} of the log ${value.origin}`, value];
  }));
  let good = Boolean(main);
  const delivered = [];
  for (const file of main ? chosen.sort((one, other) => (other.name in KINDS) - (one.name in KINDS)) : []) {
    const done = await attempt(file.name, async () => {
      const bytes = await bytesOf(file);
      if (!(file.name in KINDS)) return [await checkFile(bytes, main, delivered)];
      const { statement } = await verifyBundle(bytes, root, KINDS[file.name]);
      if (statement.predicate.record.sha256 !== main.record) throw new Refused(file.name, "belongs to another record");
      if (file.name === "delivery.json") delivered.push(...statement.predicate.files);
      return ["belongs to this record"];
    });
    good = good && Boolean(done);
  }
  verdict.textContent = good ? "Verified" : "Not verified";
  verdict.className = good ? "passed" : "failed";
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  verdict.textContent = "Looking …";
  try {
    await run();
  } catch (error) {
    verdict.textContent = `This browser could not look: ${error.message}`;
    verdict.className = "failed";
  }
});

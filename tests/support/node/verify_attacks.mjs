// Usage: node verify_attacks.mjs VERIFY-CORE CASES. CASES is a JSON file of [{name, main, root, now}] with base64; prints
// for each case what the browser's verifier says: "verified", or the check that refused it.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const core = await import(pathToFileURL(process.argv[2]).href);
const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));
const said = {};
for (const one of JSON.parse(readFileSync(process.argv[3], "utf8"))) {
  try {
    const root = await core.readTrustRoot(bytes(one.root), Date.parse(one.now));
    await core.verifyBundle(bytes(one.main), root);
    said[one.name] = "verified";
  } catch (error) {
    if (!(error instanceof core.Refused)) throw new Error(`${one.name}: ${error.stack}`);
    said[one.name] = error.check;
  }
}
console.log(JSON.stringify(said));

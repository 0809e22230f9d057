// Verify a bundle with the unmodified Sigstore packages.
// Usage: node verify_bundle.js NODE_MODULES BUNDLE TRUST, where TRUST is what to_sigstore() returns.
// Prints "verified", or the error's message with exit code 1.
const fs = require("fs");
const path = require("path");
const { createRequire } = require("module");

const [modules, bundlePath, trustPath] = process.argv.slice(2);
const load = createRequire(path.join(path.dirname(path.resolve(modules)), "package.json"));
const { bundleFromJSON } = load("@sigstore/bundle");
const { TrustedRoot } = load("@sigstore/protobuf-specs");
const { toTrustMaterial, toSignedEntity, Verifier } = load("@sigstore/verify");

const trust = JSON.parse(fs.readFileSync(trustPath, "utf8"));
const keys = {};
for (const [hint, key] of Object.entries(trust.publicKeys)) {
  keys[hint] = {
    rawBytes: Buffer.from(key.rawBytes, "base64"),
    validFor: {
      start: new Date(key.validFor.start),
      end: key.validFor.end ? new Date(key.validFor.end) : undefined,
    },
  };
}
try {
  const bundle = bundleFromJSON(JSON.parse(fs.readFileSync(bundlePath, "utf8")));
  const material = toTrustMaterial(TrustedRoot.fromJSON(trust.trustedRoot), keys);
  // The log signs no timestamps, and public keys need no certificate log: one log entry is required.
  const options = { tlogThreshold: 1, ctlogThreshold: 0, timestampThreshold: 0 };
  new Verifier(material, options).verify(toSignedEntity(bundle));
  console.log("verified");
} catch (error) {
  console.log(`not verified: ${error.message}`);
  process.exit(1);
}

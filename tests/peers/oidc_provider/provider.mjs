// Node's oidc-provider with invented people: `node provider.mjs settings.json`. Whoever knows a name comes in by it; there are no passwords.
import { generateKeyPairSync } from "node:crypto";
import dns from "node:dns";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { Provider } from "oidc-provider";

const { issuer, port, key, chain, clients, people } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const KEYS = { rsa: { modulusLength: 2048 }, ec: { namedCurve: "P-256" }, ed25519: {} };

// Not every machine finds names below localhost, and there it tells of sign-outs.
const { lookup } = dns;
dns.lookup = (name, ...rest) => lookup(name.endsWith(".localhost") ? "127.0.0.1" : name, ...rest);

const provider = new Provider(issuer, {
  clients,
  claims: {
    openid: ["sub"],
    profile: ["name", "given_name", "locale", "unit", "site", "roles"],
    email: ["email", "email_verified"],
  },
  cookies: { keys: ["invented"] },
  enabledJWA: { idTokenSigningAlgValues: ["RS256", "PS256", "ES256", "EdDSA"] },
  features: { backchannelLogout: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  // Its own guard calls no machine that lies inside, and this one does.
  fetch: (url, { dispatcher, ...options }) => fetch(url, options),
  findAccount: (_, id) => people[id] && { accountId: id, claims: () => ({ sub: id, ...people[id] }) },
  jwks: {
    keys: Object.entries(KEYS).map(([kind, of]) => ({
      ...generateKeyPairSync(kind, of).privateKey.export({ format: "jwk" }),
      kid: kind,
      use: "sig",
    })),
  },
});
for (const trouble of ["server_error", "backchannel.error"])
  provider.on(trouble, (...said) => console.error(trouble, said));

createServer({ key: readFileSync(key), cert: readFileSync(chain) }, provider.callback()).listen(port, "127.0.0.1");

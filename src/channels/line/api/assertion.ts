import { createPrivateKey, type JsonWebKey, type KeyObject, sign } from "node:crypto";

interface SigningKey {
  readonly key: KeyObject;
  readonly keyId: string;
}

/** Throws unless it is a private RSA key in JWK form with a `kid`. */
export function readKey(jwk: string): SigningKey {
  const read = JSON.parse(jwk) as { kid?: unknown } & JsonWebKey;
  if (typeof read.kid !== "string" || read.kty !== "RSA" || read.d === undefined) throw new Error("not such a key");
  return { key: createPrivateKey({ key: read, format: "jwk" }), keyId: read.kid };
}

/** A JSON Web Token signed RS256 (RFC 7515, RFC 7519). */
export function assertion(claims: Readonly<Record<string, unknown>>, { key, keyId }: SigningKey): string {
  const head = { alg: "RS256", typ: "JWT", kid: keyId };
  const signingInput = [head, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  return `${signingInput}.${sign("sha256", Buffer.from(signingInput), key).toString("base64url")}`;
}

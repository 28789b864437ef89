/** Canary values: unique, so that any occurrence is a leak. */

export interface Mark {
  readonly name: string;
  readonly value: string;
}

/** Never in logs, errors, metrics or the database. */
export const SECRETS = {
  lineSecret: "zqLineChannelSecret7d1f",
  lineToken: "zqLineAccessToken/4c+aa==",
  metaSecret: "zqMetaAppSecret90be",
  metaToken: "EAAzqMetaAccessToken55d0",
  verifyToken: "zqVerifyToken3b3b",
  agentToken: "zqAgentToken-8f8f",
  adminToken: "zqAdminToken-1a1a",
  namedAdminToken: "zqNamedAdminToken-2c2c",
  agentSecret: `whsec_${Buffer.from("zqAgentSecret-of-the-signed-turns").toString("base64")}`,
} as const;

/** People's data: only in the database. */
export const PRIVATE = {
  text: "zqwortMy mother is ill, and the pills cost 40",
  textOfSigns: "薬を飲み忘れました、どうすればいい",
  answer: "zqwortTell her to rest, and call Dr. Okonkwo",
  replyToken: "zq0reply0token0of0line00000",
  readToken: "zq0mark0as0read0token0",
  linePeer: "U5e1f00d5e1f00d5e1f00d5e1f00d5e1f",
  messengerPeer: "73550019283746551",
  whatsappPeer: "447700900123",
  personName: "zqNamenOluwaseun",
} as const;

/** Those that identify a person. */
const PEERS: readonly string[] = ["linePeer", "messengerPeer", "whatsappPeer", "personName"];

export const isOfAPeer = ({ name }: Mark): boolean => PEERS.includes(name);

export const marksOf = (values: Readonly<Record<string, string>>): readonly Mark[] =>
  Object.entries(values).map(([name, value]) => ({ name, value }));

/** Length of a part that counts as a leak, because quotations are truncated; less in scripts without letters. */
const PART = { long: { length: 12, step: 3 }, signs: { length: 5, step: 1 } } as const;

/** The canary values in a text, whole or in part, plain or in a common encoding. */
export function found(marks: readonly Mark[], text: string): readonly string[] {
  const seen = [text, decoded(text)].join("\n");
  return marks.filter(({ value }) => partsOf(value).some((part) => seen.includes(part))).map(({ name }) => name);
}

function partsOf(value: string): readonly string[] {
  const { length, step } = /[^\u0020-\u024f]/.test(value) ? PART.signs : PART.long;
  const count = Math.max(1, Math.ceil((value.length - length + 1) / step));
  const parts = Array.from({ length: count }, (_, n) => value.slice(n * step, n * step + length));
  const written = parts.flatMap((part) => [part, encodeURIComponent(part), JSON.stringify(part).slice(1, -1)]);
  return [...new Set(written)];
}

/** Decodes base64, hexadecimal digits and `\uXXXX` in a text. */
function decoded(text: string): string {
  const escapes = text.replace(/\\+u([0-9a-f]{4})/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
  const words = text.match(/[A-Za-z0-9+/_=-]{12,}/g) ?? [];
  return [escapes, ...words.flatMap((word) => [Buffer.from(word, "base64"), Buffer.from(word, "hex")])]
    .map((part) => (typeof part === "string" ? part : `${part.toString("latin1")}\n${part.toString("utf8")}`))
    .join("\n");
}

/** Goal: no token that anyone could guess or sign a session with comes into use. */
import { expect, test } from "vitest";
import { allAdminTokens } from "./admin-token.ts";

const ANN = { name: "ann", right: "operate", token: "the-token-of-ann-1" } as const;

test("regression: an empty or short token is refused, as a session of it could be forged", () => {
  for (const adminToken of ["", " "]) {
    expect(() => allAdminTokens({ adminToken })).toThrow("adminToken: read an empty text");
  }
  for (const token of ["", " ".repeat(20), "fifteen letters"]) {
    expect(() => allAdminTokens({ adminTokens: [{ ...ANN, token }] })).toThrow(
      "adminTokens: the token of ann is short; allowed: at least 16 characters",
    );
  }
  expect(allAdminTokens({ adminTokens: [ANN] })).toEqual([ANN]);
});

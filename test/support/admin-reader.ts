import { expect } from "vitest";
import { z } from "zod";
import type { AssembledGateway } from "./assembled-gateway.ts";

type Asked = Pick<AssembledGateway, "gateway">;

const ADMIN = "http://localhost:8081";

/** A request to the admin port, as from this machine. */
export async function askAdmin(whole: Asked, path: string, init: RequestInit = {}): Promise<Response> {
  return await whole.gateway.adminFetch(new Request(`${ADMIN}${path}`, init));
}

export function postAdmin(whole: Asked, path: string, body: unknown): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return askAdmin(whole, path, { method: "POST", headers, body: JSON.stringify(body) });
}

/** What it answers, decoded with the server's own schema. */
export async function readAdmin<T extends z.ZodType>(whole: Asked, schema: T, path: string): Promise<z.output<T>> {
  const response = await askAdmin(whole, path);
  expect(response.status, path).toBe(200);
  return z.decode(schema, (await response.json()) as never);
}

/** The field that a 400 names, with the rest of the sentence. */
export async function badRequest(whole: Asked, path: string): Promise<string> {
  const response = await askAdmin(whole, path);
  expect(response.status, path).toBe(400);
  return ((await response.json()) as { readonly detail: string }).detail;
}

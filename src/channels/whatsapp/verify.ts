/** WhatsApp signs and checks addresses as all of Meta's platforms do. */
export { createHandshake, createVerifier } from "../meta/verify.ts";

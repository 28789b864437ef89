/** How a run is set up for its local fault. */

import type { SeedPlatform, SeedsOf } from "../../../src/channels/simulation/fixtures/seeds.ts";
import type { GatewaySettings } from "../../../src/config/gateway-settings.ts";
import { callFaultOf, type LocalFault, limitsOf, mannerOf } from "./local-fault.ts";
import type { Script } from "./script.ts";
import { createPrng } from "./seeded-prng.ts";

export function settingsOf(seed: number, { local }: Script): GatewaySettings {
  const mode = createPrng(seed, "busy").happens(0.3) ? "interrupt" : "queue";
  return { busy: { mode }, ...(local !== null && limitsOf(local)) };
}

/** The chats of a local fault, by name. */
export function namesOf(chats: ReadonlySet<number>, { chatName }: SeedPlatform): ReadonlySet<string> {
  return new Set([...chats].map(chatName));
}

export function localMannerOf(seed: number, local: LocalFault | null, platform: SeedPlatform) {
  if (local?.at !== "agent") return () => null;
  const prng = createPrng(seed, "local bots");
  const affected = namesOf(local.affected, platform);
  return (chat: string) => (affected.has(chat) ? mannerOf(local, prng) : null);
}

/** From now on calls to the affected chats meet the fault. */
export function strikeCalls(
  seed: number,
  { how, affected }: LocalFault,
  { platform, channel }: { readonly platform: SeedPlatform; readonly channel: SeedsOf },
): void {
  const prng = createPrng(seed, "local calls");
  platform.faultsOf((chat) => (affected.has(chat) ? callFaultOf(how, channel, prng) : null));
}

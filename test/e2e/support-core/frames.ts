/** What a core reads off the wire, as strictly as it does: a frame that lacks a required field is no frame. */

export interface GatewayEvent {
  readonly schema: string;
  readonly event_id: string;
  readonly timestamp: string;
  readonly platform: string;
  readonly channel: { readonly id: string; readonly type: string; readonly thread_id?: string | null };
  readonly sender: {
    readonly id: string;
    readonly name: string;
    readonly display_name: string;
    readonly is_bot: boolean;
  };
  readonly content: { readonly type: string; readonly text: string };
  readonly mentions?: readonly string[];
  readonly message_id: string;
}

export interface Response {
  readonly schema: string;
  readonly request_id: string;
  readonly success: boolean;
  readonly message_id?: string | null;
  readonly error?: string | null;
  readonly outcome?: "delivered" | "rejected" | "unknown";
}

export interface Capabilities {
  readonly send_ack: boolean;
  readonly supports_reactions: boolean;
  readonly streaming_mode: "disabled" | "edit" | "native";
  readonly message_limit: {
    readonly unit: "characters" | "bytes" | "utf16_bytes" | "unlimited";
    readonly max?: number;
  };
}

export interface Hello {
  readonly protocol_version: 1;
  readonly capabilities: Readonly<Record<string, Capabilities | undefined>>;
  readonly topology: {
    readonly active_consumers: number;
    readonly supported: boolean;
    readonly delivery_mode: string;
  };
}

const CLOSED: Capabilities = {
  send_ack: false,
  supports_reactions: false,
  streaming_mode: "disabled",
  message_limit: { unit: "characters", max: 4_096 },
};
/**
 * Without a hello every core sends reactions. An old one that was told to stream streams at LINE too; a new one whose
 * platform is `line` doesn't.
 */
export const LEGACY: Readonly<Record<"old" | "new" | "new-unheard" | "closed", Capabilities>> = {
  old: { ...CLOSED, supports_reactions: true, streaming_mode: "edit" },
  "new-unheard": { ...CLOSED, supports_reactions: true },
  new: CLOSED,
  closed: CLOSED,
};

type Frame =
  | { readonly kind: "hello"; readonly hello: Hello }
  | { readonly kind: "response"; readonly response: Response }
  | { readonly kind: "event"; readonly event: GatewayEvent };

/** In a new core's order: hello, response, event. `null`: it would be logged and dropped. */
export function readFrame(data: string): Frame | null {
  const frame = parse(data);
  if (frame === null) return null;
  if (frame.schema === "openab.gateway.hello.v1") {
    const { active_consumers, supported, delivery_mode } = object(frame.topology);
    const whole =
      typeof active_consumers === "number" && typeof supported === "boolean" && typeof delivery_mode === "string";
    if (!whole || frame.protocol_version !== 1) return null;
    const capabilities = Object.entries(object(frame.capabilities)).map(
      ([platform, given]) => [platform, { ...CLOSED, ...object(given) }] as const,
    );
    return { kind: "hello", hello: { ...frame, capabilities: Object.fromEntries(capabilities) } as unknown as Hello };
  }
  const isResponse = typeof frame.request_id === "string" && typeof frame.success === "boolean";
  if (isResponse && frame.schema === "openab.gateway.response.v1") {
    return { kind: "response", response: frame as unknown as Response };
  }
  return isEvent(frame) ? { kind: "event", event: frame as unknown as GatewayEvent } : null;
}

function isEvent(frame: Readonly<Record<string, unknown>>): boolean {
  const [channel, sender, content] = [object(frame.channel), object(frame.sender), object(frame.content)];
  const strings = [
    ...[frame.schema, frame.event_id, frame.timestamp, frame.platform, frame.message_id],
    ...[channel.id, channel.type, sender.id, sender.name, sender.display_name, content.type, content.text],
  ];
  return strings.every((value) => typeof value === "string") && typeof sender.is_bot === "boolean";
}

function parse(data: string): Readonly<Record<string, unknown>> | null {
  try {
    return object(JSON.parse(data));
  } catch {
    return null;
  }
}

function object(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

import { connect } from "turnpike/agent";
import { handleEvent } from "./bot.mjs";

const { TURNPIKE_SOCKET = "ws://127.0.0.1:8080", TURNPIKE_AGENT_TOKEN: token } = process.env;
const raw = (message) => ({ type: "raw", channel: "line", message });

connect(`${TURNPIKE_SOCKET}/v1/agent`, { token }).onTurn(async (turn) => {
  const client = { replyMessage: ({ messages }) => turn.reply(...messages.map(raw)) };
  for (const event of turn.events) await handleEvent(event, client);
});

import { connect } from "turnpike/agent";

const { TURNPIKE_SOCKET = "ws://127.0.0.1:8080", TURNPIKE_AGENT_TOKEN: token } = process.env;

connect(`${TURNPIKE_SOCKET}/v1/agent`, { token }).onTurn(async (turn) => {
  await turn.reply(`You said: ${turn.text}`);
});

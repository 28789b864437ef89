import { connect } from "turnpike/agent";

const { TURNPIKE_SOCKET = "ws://127.0.0.1:8080", TURNPIKE_AGENT_TOKEN: token } = process.env;
const { OPENAI_BASE_URL = "https://api.openai.com/v1", OPENAI_API_KEY, MODEL = "gpt-5-mini" } = process.env;
const histories = new Map();

async function complete(messages, signal) {
  const headers = { authorization: `Bearer ${OPENAI_API_KEY}`, "content-type": "application/json" };
  const body = JSON.stringify({ model: MODEL, messages });
  const response = await fetch(`${OPENAI_BASE_URL}/chat/completions`, { method: "POST", headers, body, signal });
  // An error means that the turn is retried with the same messages.
  if (!response.ok) throw new Error(`the model answered ${response.status}`);
  return (await response.json()).choices[0].message;
}

connect(`${TURNPIKE_SOCKET}/v1/agent`, { token, onError: (error) => console.error(error) }).onTurn(async (turn) => {
  const history = [...(histories.get(turn.conversation.id) ?? []), { role: "user", content: turn.text }];
  const answer = await complete([{ role: "system", content: "Answer briefly." }, ...history], turn.signal);
  await turn.reply(answer.content);
  // Only answered messages are kept, the last twenty.
  histories.set(turn.conversation.id, [...history, answer].slice(-20));
});

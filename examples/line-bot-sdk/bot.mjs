// A bot as it was written for @line/bot-sdk: an event comes in, a message goes out with the event's reply token.
export async function handleEvent(event, client) {
  if (event.type === "follow") return;
  if (event.type !== "message" || event.message.type !== "text") {
    await client.replyMessage({
      replyToken: event.replyToken,
      messages: [{ type: "text", text: "In words, please." }],
    });
    return;
  }
  await client.replyMessage({
    replyToken: event.replyToken,
    messages: [
      { type: "text", text: `You said: ${event.message.text}` },
      { type: "sticker", packageId: "446", stickerId: "1988" },
    ],
  });
}

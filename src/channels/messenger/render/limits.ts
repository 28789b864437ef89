/** Messenger's limits, in UTF-16 units or number of items (Messenger: Send API reference, Templates). */
export const MESSAGE_LIMITS = {
  /** "Must be UTF-8 and less than 2000 characters." */
  text: 1_999,
  quickReplies: 13,
  quickReplyTitle: 20,
  /** Of a quick reply or a button. */
  payload: 1_000,
  /** Of a generic template. */
  cards: 10,
  cardTitle: 80,
  cardText: 80,
  /** Of a card, or under a text. */
  buttons: 3,
  buttonTitle: 20,
  buttonText: 640,
} as const;

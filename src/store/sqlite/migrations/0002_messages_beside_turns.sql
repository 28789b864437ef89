-- Messages that opened no turn (a group talks among itself, another module holds the chat): offered with the
-- conversation's next turn. All others are left out, so that taking in an event of a turn writes no page more.
CREATE INDEX event_beside_turns ON event (conversation_id, received_at)
  WHERE turn_id IS NULL AND state = 'stored' AND type = 'message';

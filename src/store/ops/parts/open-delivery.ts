/**
 * SQL: the delivery is open, that is neither being sent nor at an end. In the words of the indexes `delivery_open` and
 * `delivery_due`, without which SQLite wouldn't use them. `delivery`: its alias.
 */
export const isOpen = (delivery: string) =>
  `(${delivery}.state = 'pending' OR ${delivery}.state = 'unknown' OR ${delivery}.state = 'parked')`;

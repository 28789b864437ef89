import type { ClockChoice } from "../preferences/preferences.ts";

/** Numbers and times in the person's language, and by the clock that was chosen. */
export interface Formats {
  number(value: number): string;
  /** With one digit behind the point where it is small. */
  rate(value: number): string;
  /** In its two largest units. */
  duration(ms: number): string;
  /** Hours, minutes and seconds; of an ISO string or in epoch ms. */
  time(at: string | number): string;
  /** Hours and minutes. */
  timeOfAxis(at: number): string;
  dateTime(at: string | number): string;
  /** To the millisecond. */
  exact(at: string | number): string;
}

const UNITS = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
] as const;

export function formatsFor(language: string, clock: ClockChoice): Formats {
  const zone = clock === "utc" ? { timeZone: "UTC" } : {};
  const hours = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...zone } as const;
  const seconds = { ...hours, second: "2-digit" } as const;
  const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
  const short = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  const time = new Intl.DateTimeFormat(language, seconds);
  const axis = new Intl.DateTimeFormat(language, hours);
  const dateTime = new Intl.DateTimeFormat(language, { year: "numeric", month: "short", day: "numeric", ...seconds });
  const exact = new Intl.DateTimeFormat(language, {
    year: "numeric",
    month: "short",
    day: "numeric",
    ...seconds,
    fractionalSecondDigits: 3,
  });
  const listed = new Intl.ListFormat(language, { type: "unit", style: "narrow" });
  const inUnit = (value: number, unit: string) =>
    new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 1 }).format(
      value,
    );
  return {
    number: (value) => whole.format(value),
    rate: (value) => (value < 10 ? short : whole).format(value),
    duration: (ms) => {
      if (ms < 1_000) return inUnit(Math.round(ms), "millisecond");
      if (ms < 10_000) return inUnit(ms / 1_000, "second");
      const first = UNITS.findIndex(([, unitMs]) => ms >= unitMs);
      let rest = ms;
      const parts = UNITS.slice(first, first + 2).map(([unit, unitMs]) => {
        const count = Math.floor(rest / unitMs);
        rest -= count * unitMs;
        return [unit, count] as const;
      });
      return listed.format(
        parts.filter(([, count], index) => count > 0 || index === 0).map(([unit, count]) => inUnit(count, unit)),
      );
    },
    time: (at) => time.format(new Date(at)),
    timeOfAxis: (at) => axis.format(at),
    dateTime: (at) => dateTime.format(new Date(at)),
    exact: (at) => exact.format(new Date(at)),
  };
}

import type { PulseWire } from "../../../../src/http/admin/pulse.ts";
import { useTexts } from "../../texts/texts.tsx";
import { Scrolled } from "../../view/scrolled.tsx";
import { minutesOf, type RatePoint, roundTop } from "./rates.ts";

const WIDTH = 600;
const HEIGHT = 180;
const LEFT = 40;
const BOTTOM = 24;
const TOP = 16;

/** In and out of each minute, as two lines; the same numbers as a table below. */
export function RatesChart({ pulse }: { readonly pulse: PulseWire }) {
  const { t, number, timeOfAxis } = useTexts();
  const points = minutesOf(pulse);
  const top = roundTop(Math.max(0, ...points.flatMap((point) => [point.in, point.out])));
  const place = placesOf(points, top);
  const marks = [0, top / 2, top];
  return (
    <figure className="p-3">
      <figcaption className="mb-2 flex flex-wrap gap-x-4">
        <span className="grow font-medium">{t("chart.title")}</span>
        <span className="flex items-center gap-2">
          <svg width="24" height="8" aria-hidden="true">
            <path d="M0 4h24" className="stroke-in" strokeWidth="2.5" />
          </svg>
          {t("flow.in")}
        </span>
        <span className="flex items-center gap-2">
          <svg width="24" height="8" aria-hidden="true">
            <path d="M0 4h24" className="stroke-out" strokeWidth="2.5" strokeDasharray="6 3" />
          </svg>
          {t("flow.out")}
        </span>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={t("chart.title")} className="w-full">
        {marks.map((mark) => (
          <g key={mark}>
            <path d={`M${LEFT} ${place.y(mark)}H${WIDTH}`} className="stroke-line" />
            <text x={LEFT - 6} y={place.y(mark) + 4} textAnchor="end" className="fill-soft text-xs max-sm:text-xl">
              {number(mark)}
            </text>
          </g>
        ))}
        {axisPoints(points).map(({ point, index, anchor }) => (
          <text
            key={point.at}
            x={place.x(index)}
            y={HEIGHT - 6}
            textAnchor={anchor}
            className="fill-soft text-xs max-sm:text-xl"
          >
            {timeOfAxis(point.at)}
          </text>
        ))}
        <path d={place.line((point) => point.in)} className="fill-none stroke-in" strokeWidth="2.5" />
        <path
          d={place.line((point) => point.out)}
          className="fill-none stroke-out"
          strokeWidth="2.5"
          strokeDasharray="6 3"
        />
      </svg>
      <RatesTable points={points} />
    </figure>
  );
}

function placesOf(points: readonly RatePoint[], top: number) {
  const x = (index: number) => LEFT + (index * (WIDTH - LEFT - 4)) / Math.max(1, points.length - 1);
  const y = (value: number) => HEIGHT - BOTTOM - (value * (HEIGHT - BOTTOM - TOP)) / top;
  const line = (of: (point: RatePoint) => number) =>
    points
      .map((point, index) => `${index === 0 ? "M" : "L"}${x(index).toFixed(1)} ${y(of(point)).toFixed(1)}`)
      .join("");
  return { x, y, line };
}

/** The first, the middle and the last. */
function axisPoints(points: readonly RatePoint[]) {
  const last = points.length - 1;
  const wanted = [
    { index: 0, anchor: "start" },
    { index: Math.floor(last / 2), anchor: "middle" },
    { index: last, anchor: "end" },
  ] as const;
  return wanted.flatMap(({ index, anchor }) => {
    const point = points[index];
    return point === undefined ? [] : [{ point, index, anchor }];
  });
}

function RatesTable({ points }: { readonly points: readonly RatePoint[] }) {
  const { t, number, timeOfAxis } = useTexts();
  return (
    <details className="mt-2">
      <summary className="min-h-6 w-fit cursor-pointer text-soft">{t("chart.asTable")}</summary>
      <Scrolled name={t("chart.title")} className="mt-2 max-h-60 overflow-auto">
        <table className="rows w-full">
          <thead>
            <tr>
              <th scope="col">{t("chart.minute")}</th>
              <th scope="col" className="number">
                {t("flow.in")}
              </th>
              <th scope="col" className="number">
                {t("flow.out")}
              </th>
            </tr>
          </thead>
          <tbody>
            {[...points].reverse().map((point) => (
              <tr key={point.at}>
                <th scope="row" className="font-normal">
                  {timeOfAxis(point.at)}
                </th>
                <td className="number">{number(point.in)}</td>
                <td className="number">{number(point.out)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolled>
    </details>
  );
}

import { useTexts } from "../../texts/texts.tsx";
import { Said } from "../../view/said.tsx";
import { Scrolled } from "../../view/scrolled.tsx";
import type { Rows } from "./turn-rows.ts";
import { written, writtenValue } from "./written.tsx";

/** The rows of the waterfall in words and numbers alone. */
export function SpanTable({ rows: { rows, zeroAt } }: { readonly rows: Rows }) {
  const texts = useTexts();
  const { t, exact, duration } = texts;
  return (
    <div className="panel min-w-0">
      <Scrolled name={t("turn.rows")} className="overflow-x-auto focus-visible:-outline-offset-2">
        <table className="rows stacks w-full">
          <thead>
            <tr>
              <th scope="col">{t("turn.table.what")}</th>
              <th scope="col">{t("turn.table.details")}</th>
              <th scope="col" className="number">
                {t("turn.table.from")}
              </th>
              <th scope="col" className="number">
                {t("turn.table.took")}
              </th>
              <th scope="col">{t("turn.table.began")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.id}>
                <th scope="row" className={`font-normal ${row.depth === 1 ? "ps-8!" : ""}`}>
                  {t(`turn.row.${row.kind}`)}
                </th>
                <td>
                  {written(row.label, texts)}
                  {row.said !== null && <Said className="block text-soft">{`${writtenValue(row.said, texts)}`}</Said>}
                </td>
                <td className="number" data-name={t("turn.table.from")}>
                  {duration(row.startAt - zeroAt)}
                </td>
                <td className="number" data-name={t("turn.table.took")}>
                  {duration(row.endAt - row.startAt)}
                </td>
                <td>{exact(row.startAt)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolled>
    </div>
  );
}

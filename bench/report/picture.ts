/** A bar chart as SVG, readable on light and dark pages. */
const WIDTH = 760;
const BAR = 22;
const GAP = 12;
const LEFT = 220;
const RIGHT = 80;
const TOP = 48;

export function picture(title: string, figures: Readonly<Record<string, number>>): string {
  const bars = Object.entries(figures);
  const most = Math.max(...bars.map(([, value]) => value));
  const height = TOP + bars.length * (BAR + GAP) + GAP;
  const shapes = bars.map(([name, value], index) => {
    const y = TOP + index * (BAR + GAP);
    const width = Math.round(((WIDTH - LEFT - RIGHT) * value) / most);
    const colour = name.startsWith("Turnpike") ? "#2f6f4f" : "#8a939b";
    const middle = y + BAR / 2 + 5;
    return `  <text x="${LEFT - 10}" y="${middle}" text-anchor="end">${escaped(name)}</text>
  <rect x="${LEFT}" y="${y}" width="${width}" height="${BAR}" rx="3" fill="${colour}"/>
  <text x="${LEFT + width + 8}" y="${middle}">${Math.round(value)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}">
  <rect width="${WIDTH}" height="${height}" rx="8" fill="#ffffff"/>
  <g font-family="system-ui, sans-serif" font-size="14" fill="#1f2328">
  <text x="20" y="30" font-size="17" font-weight="600">${escaped(title)}</text>
${shapes.join("\n")}
  </g>
</svg>
`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

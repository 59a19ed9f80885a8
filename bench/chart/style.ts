/**
 * How pictures look: sizes in pixels, and colours for light and dark readers. What is met is told by words and a sign; the colours only repeat it.
 */
export const WIDTH = 960;
export const MARGIN = 16;
export const GAP = 8;
export const SIZES = { title: 16, heading: 13, text: 12, note: 11 } as const;
export const ROW = 18;
export const BAR = 11;
/** How much wider bold text is. */
export const BOLD = 1.08;

interface Colours {
  readonly ground: string;
  readonly ink: string;
  readonly faint: string;
  readonly rule: string;
  readonly ours: string;
  readonly peer: string;
  readonly met: string;
  readonly missed: string;
}

const LIGHT: Colours = {
  ...{ ground: '#ffffff', ink: '#1f2328', faint: '#59636e', rule: '#d1d9e0' },
  ...{ ours: '#0969da', peer: '#8c959f', met: '#1a7f37', missed: '#b35900' },
};
const DARK: Colours = {
  ...{ ground: '#0d1117', ink: '#e6edf3', faint: '#9198a1', rule: '#3d444d' },
  ...{ ours: '#4493f8', peer: '#6e7681', met: '#3fb950', missed: '#f0883e' },
};

/** For the element `style` of a picture. Plain rules: not every viewer of SVG knows variables. */
export const STYLE = `
text { font: ${SIZES.text}px system-ui, 'Segoe UI', 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif; }
.title { font-size: ${SIZES.title}px; font-weight: 600; }
.heading { font-size: ${SIZES.heading}px; font-weight: 600; }
.note { font-size: ${SIZES.note}px; }
.met, .missed { font-weight: 600; }
.aim { stroke-width: 2; }
.cut { stroke-width: 2; fill: none; }
${rules(LIGHT)}
@media (prefers-color-scheme: dark) {
${rules(DARK)}
}`;

function rules({ ground, ink, faint, rule, ours, peer, met, missed }: Colours): string {
  return `.ground { fill: ${ground}; } .cut { stroke: ${ground}; }
text { fill: ${ink}; } .aim { stroke: ${ink}; }
.note, .faint { fill: ${faint}; }
.rule { stroke: ${rule}; }
.ours { fill: ${ours}; } .peer { fill: ${peer}; }
.met { fill: ${met}; } .missed { fill: ${missed}; }`;
}

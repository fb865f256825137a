// One colour per class from eight that people without full colour vision can tell apart (Okabe and Ito's set, its
// black replaced by white because the boxes lie on photographs). The same label has the same colour everywhere.
export const class_colours = ['#e69f00', '#56b4e9', '#cc79a7', '#f0e442', '#009e73', '#d55e00', '#0072b2', '#f4f4f4'] as const;

/** Models' labels in their own order: the order gives the colour, so that all screens agree. */
const order = new Map<string, number>();
export function learn_labels(labels: readonly string[]): void {
  labels.forEach((label, index) => {
    if (!order.has(label)) order.set(label, index);
  });
}

function number_of(label: string): number {
  let sum = 2166136261;
  for (let i = 0; i < label.length; i++) sum = Math.imul(sum ^ label.charCodeAt(i), 16777619);
  return sum >>> 0;
}

export function colour_of(label: string): string {
  return class_colours[(order.get(label) ?? number_of(label)) % class_colours.length]!;
}

export function channels(hex: string): [number, number, number] {
  const n = parseInt(hex.slice(1), 16);
  return [n >> 16, (n >> 8) & 255, n & 255];
}

/** Relative luminance as WCAG defines it. */
export function luminance(hex: string): number {
  const [r, g, b] = channels(hex).map((c) => (c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4)) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
export function contrast(a: string, b: string): number {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

/** Black or white, whichever reads better on the colour. */
export const ink_on = (colour: string): string => (contrast(colour, '#111111') >= contrast(colour, '#ffffff') ? '#111111' : '#ffffff');

/** Sensors have a colour of their own from `--s1` to `--s8`, by the order in which the station lists them. */
export const sensor_colours = 8;
const sensors = new Map<string, number>();
export function learn_sensors(names: readonly string[]): void {
  for (const name of names) if (!sensors.has(name)) sensors.set(name, sensors.size);
}
export const sensor_token = (name: string): string => `--s${((sensors.get(name) ?? number_of(name)) % sensor_colours) + 1}`;

const tokens = new Map<string, string>();
let dark: MediaQueryList | undefined;
/** A colour of the style sheet as it is now, for what is drawn on a canvas. */
export function token(name: string): string {
  const page = document.documentElement;
  dark ??= matchMedia('(prefers-color-scheme: dark)');
  const key = `${page.dataset['theme'] ?? dark.matches} ${name}`;
  const known = tokens.get(key) ?? getComputedStyle(page).getPropertyValue(name).trim();
  tokens.set(key, known);
  return known;
}

// A segmentation mask over its image: run-length cells painted on a canvas, stronger at their edge.
import { useEffect, useRef } from 'preact/hooks';
import type { MaskPrediction } from '../state/types';
import { channels, colour_of } from '../state/colours';

/** Label index of every cell, row by row; -1 is background. Runs that overflow the mask are cut. */
export function cells_of(mask: Pick<MaskPrediction, 'width' | 'height' | 'runs'>): Int16Array {
  const cells = new Int16Array(mask.width * mask.height).fill(-1);
  let at = 0;
  for (const [label, count] of mask.runs) {
    cells.fill(label, at, Math.min(at + count, cells.length));
    at += count;
  }
  return cells;
}

function paint(canvas: HTMLCanvasElement, mask: MaskPrediction, isolated: string | null) {
  const { width, height } = mask;
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d');
  if (!context) return;
  const cells = cells_of(mask);
  const picture = context.createImageData(width, height);
  const colours = mask.labels.map((label) => channels(colour_of(label)));
  for (let i = 0; i < cells.length; i++) {
    const label = cells[i]!;
    const colour = colours[label];
    if (!colour) continue;
    const x = i % width;
    const edge = (x > 0 && cells[i - 1] !== label) || (x < width - 1 && cells[i + 1] !== label) || cells[i - width] !== label || cells[i + width] !== label;
    const dimmed = isolated !== null && mask.labels[label] !== isolated;
    picture.data.set([...colour, dimmed ? 30 : edge ? 255 : 120], i * 4);
  }
  context.putImageData(picture, 0, 0);
}

export function Mask({ mask, width, height, isolated }: { mask: MaskPrediction; width: number; height: number; isolated: string | null }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (canvas.current) paint(canvas.current, mask, isolated);
  }, [mask, isolated]);
  const [l, t, r, b] = mask.box ?? [0, 0, width, height];
  const place = { left: `${(l / width) * 100}%`, top: `${(t / height) * 100}%`, width: `${((r - l) / width) * 100}%`, height: `${((b - t) / height) * 100}%` };
  return <canvas ref={canvas} class="mask" style={place} aria-hidden="true" />;
}

// Draws what changed, at most once per animation frame and only for a few milliseconds of it: forty charts that change
// ten times a second share the frames instead of dropping them. What found no room is drawn first in the next frame;
// where frames come late all the same, because the screen itself is slow, fewer charts are drawn in each.
export interface Clock { now: () => number; soon: (job: () => void) => void }
const page_clock: Clock = {
  now: () => performance.now(),
  soon: (job) => void (document.hidden ? setTimeout(job, 500) : requestAnimationFrame(job)),
};
const most_ms = 7, least_ms = 1, late_ms = 25;

export class Painter {
  private readonly waiting = new Set<() => void>();
  private planned = false;
  private budget = most_ms;
  /** When the frame before began, if this one follows it directly. */
  private before: number | null = null;

  constructor(private readonly clock: Clock = page_clock) {}

  /** Asks for `draw` in the next frame; asking twice draws once. */
  ask(draw: () => void): void {
    this.waiting.add(draw);
    this.plan();
  }

  forget(draw: () => void): void {
    this.waiting.delete(draw);
  }

  private plan(): void {
    if (this.planned || this.waiting.size === 0) return;
    this.planned = true;
    this.clock.soon(() => this.frame());
  }

  private frame(): void {
    this.planned = false;
    const start = this.clock.now();
    if (this.before !== null) this.budget = start - this.before > late_ms ? Math.max(least_ms, this.budget / 2) : Math.min(most_ms, this.budget + 0.5);
    for (const draw of [...this.waiting]) {
      this.waiting.delete(draw);
      draw();
      if (this.clock.now() - start >= this.budget) break;
    }
    this.before = this.waiting.size > 0 ? start : null;
    this.plan();
  }
}

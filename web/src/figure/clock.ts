/** What makes a figure go: so many steps a second, as long as it can be seen. */

/** The most that a figure moves on between two pictures, whatever its pace: a tab that slept must not jump. */
const LONGEST = 0.1;

export class Clock {
  private frame = 0;
  private before = 0;
  private owed = 0;

  /**
   * @param pace steps a second at this moment.
   * @param advance goes on by so many steps; false when there are no more.
   */
  constructor(
    private readonly pace: () => number,
    private readonly advance: (steps: number) => boolean,
    private readonly changed: (running: boolean) => void,
  ) {}

  get running(): boolean {
    return this.frame !== 0;
  }

  start(): void {
    if (this.running) return;
    this.before = performance.now();
    this.owed = 1; // the first step comes at once
    this.frame = requestAnimationFrame(this.tick);
    this.changed(true);
  }

  stop(): void {
    if (!this.running) return;
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.changed(false);
  }

  private readonly tick = (now: number): void => {
    const seconds = Math.min(LONGEST, Math.max(0, now - this.before) / 1000);
    this.before = now;
    this.owed += seconds * this.pace();
    const steps = Math.floor(this.owed);
    this.owed -= steps;
    this.frame = requestAnimationFrame(this.tick);
    if (steps > 0 && !this.advance(steps)) this.stop();
  };
}

const CALM = "(prefers-reduced-motion: reduce)";

/** Whether the reader asked for no motion. */
export const prefersStillness = (): boolean => matchMedia(CALM).matches;

export function onStillness(changed: () => void): void {
  matchMedia(CALM).addEventListener("change", changed);
}

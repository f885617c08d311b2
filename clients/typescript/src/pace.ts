// Spaces submissions by what the server says of its rate limit, so that few are refused.

const LEFT = /"[^"]*"\s*;(?:.*;)?\s*r=(\d{1,9})/;
const UNTIL = /;\s*t=(\d{1,9})/;

/**
 * The places that are left of the rate limit.
 *
 * The header `RateLimit: "default";r=12;t=31` (draft-ietf-httpapi-ratelimit-headers-11) says how many places are left
 * and in how many seconds the next one is free. Without the header nothing waits. Times are milliseconds.
 */
export class Pace {
  #left: number | undefined;
  #freeAt = 0;
  #underWay = 0;

  /** Take a place for a submission; returns 0, or the milliseconds after which to ask again. */
  take(now: number): number {
    if (this.#left !== undefined && this.#left <= 0) {
      if (now < this.#freeAt) return this.#freeAt - now;
      // One goes ahead; its answer says how many may follow.
      this.#left = 1;
      this.#freeAt = now + 1000;
    }
    if (this.#left !== undefined) this.#left -= 1;
    this.#underWay += 1;
    return 0;
  }

  /** Note what the answer to a submission says. */
  note(header: string | null | undefined, now: number): void {
    this.#underWay = Math.max(0, this.#underWay - 1);
    const left = LEFT.exec(header ?? "");
    if (!left) return;
    // The server has not seen yet those that are under way.
    this.#left = Number(left[1]) - this.#underWay;
    this.#freeAt = now + Number(UNTIL.exec(header ?? "")?.[1] ?? 1) * 1000;
  }
}

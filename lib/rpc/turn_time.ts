const settled = Promise.resolve();
let isKnown = false;
let time = 0;

/**
 * `performance.now()` as it was when first asked for since the program last waited for anything: good enough for
 * timeouts, and free for all but the first of the many messages that arrive at once.
 */
export function turnTime(): number {
  if (!isKnown) {
    time = performance.now();
    isKnown = true;
    settled.then(forget);
  }
  return time;
}

function forget(): void {
  isKnown = false;
}

import { type Clock, systemClock } from "../base/clock.ts";
import { log } from "../base/log.ts";
import type { Coordinator } from "./coordinator.ts";

/** `timed_out`: no connection for a session timeout, so the session must be taken for dead. */
export type SessionLoss = "timed_out" | "expired";

/** What {@link guardSession} may be told. */
export interface SessionGuardOptions {
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
}

/**
 * Calls `onLost` once when the session is lost: the others no longer count on this process. Jubatus
 * 1.1.1 ends the process then, so that two halves of a cluster never both go on; a caller may also
 * connect anew and register again. A connection that comes back in time is only logged.
 */
export function guardSession(
  coordinator: Coordinator,
  onLost: (loss: SessionLoss) => void,
  options: SessionGuardOptions = {},
): void {
  const clock = options.clock ?? systemClock;
  const ended = new AbortController();
  const either = options.signal === undefined ? ended.signal : AbortSignal.any([options.signal, ended.signal]);
  /** Ends the wait for the connection. */
  let waiting: AbortController | undefined;

  const lost = (loss: SessionLoss): void => {
    if (either.aborted) return;
    waiting?.abort();
    ended.abort();
    onLost(loss);
  };

  const wait = async (recovered: AbortSignal): Promise<void> => {
    try {
      await clock.sleep(Math.ceil(coordinator.sessionTimeoutMs / 1000) * 1000, AbortSignal.any([recovered, either]));
    } catch {
      return;
    }
    log.error("ZooKeeper session recovery timed out: state CLOSED_STATE(0)");
    lost("timed_out");
  };

  coordinator.onSession((event) => {
    switch (event) {
      case "suspended":
        log.warn("ZooKeeper session lost");
        waiting = new AbortController();
        void wait(waiting.signal);
        break;
      case "recovered":
        waiting?.abort();
        log.info("ZooKeeper session recovered before timeout");
        break;
      case "expired":
        log.error("ZooKeeper session expired");
        lost("expired");
        break;
    }
  }, either);
}

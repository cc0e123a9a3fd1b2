import type { Supervision } from "@gantry/client";

/** Says in a few words what the daemon does about a container, each behind a comma; nothing of one it leaves alone. */
export function describeSupervision(supervision: Supervision, now: Date = new Date()): string {
  const { crashLoop, health, restartAt, restarts } = supervision;
  const words = [
    ...(health === null ? [] : [health === "starting" ? "health not known yet" : health]),
    ...(restarts === 0 ? [] : [`${restarts} restart${restarts === 1 ? "" : "s"}`]),
    ...(crashLoop ? ["crash loop"] : []),
    ...(restartAt === null ? [] : [`next start in ${secondsUntil(restartAt, now)} s`]),
  ];
  return words.map((word) => `, ${word}`).join("");
}

function secondsUntil(date: Date, now: Date): number {
  return Math.max(0, Math.ceil((date.getTime() - now.getTime()) / 1000));
}

import type { ProcessState } from "@gantry/api";
import type { ContainerRecord } from "../../store/container-table.ts";
import { withDeadline } from "../deadline.ts";
import type { ContainerParts } from "./container-parts.ts";
import { subjectOf } from "./container-ref.ts";

/** How long a runtime may take to say where a container stands, before it counts as unknown. */
const stateDeadlineMs = 2_000;

/** A record and where the container stands. */
export interface ContainerView {
  readonly record: ContainerRecord;
  readonly state: ProcessState;
  /** Why the state is unknown; empty else. */
  readonly reason: string;
}

/** Asks where a container stands; one that cannot be asked is unknown, with the reason. Never rejects. */
export async function viewContainer(parts: ContainerParts, record: ContainerRecord): Promise<ContainerView> {
  const container = parts.live.find(record);
  if (container === undefined) return viewOfLost(parts, record);
  try {
    const state = await withDeadline(subjectOf(record), stateDeadlineMs, (signal) => container.state({ signal }));
    return { record, state, reason: "" };
  } catch (error) {
    return unknown(record, error instanceof Error ? error.message : String(error));
  }
}

/** A container that its runtime does not know any more has nothing left but its recorded end. */
function viewOfLost({ core, live }: ContainerParts, record: ContainerRecord): ContainerView {
  const reason = live.reason(record);
  if (reason !== undefined) return unknown(record, reason);
  const exit = core.tables.exits.find(record.uid, "");
  if (exit !== undefined) return { record, state: { status: "stopped", pid: null, exit }, reason: "" };
  return unknown(record, record.phase === "deleting" ? "it is being deleted" : "its runtime has nothing of it");
}

function unknown(record: ContainerRecord, reason: string): ContainerView {
  return { record, state: { status: "unknown", pid: null, exit: null }, reason };
}

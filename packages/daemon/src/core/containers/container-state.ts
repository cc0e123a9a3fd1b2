import type { ProcessState } from "@gantry/api";
import type { ContainerRecord } from "../../store/container-table.ts";
import { withDeadline } from "../deadline.ts";
import type { ContainerParts } from "./container-parts.ts";
import { subjectOf } from "./container-ref.ts";
import { type SupervisionView, viewSupervision } from "./supervision-view.ts";

/** How long a runtime may take to say where a container stands, before it counts as unknown. */
const stateDeadlineMs = 2_000;

/** A record and where the container stands. */
export interface ContainerView {
  readonly record: ContainerRecord;
  readonly state: ProcessState;
  /** Why the state is unknown; empty else. */
  readonly reason: string;
  readonly supervision: SupervisionView;
}

/** Where a container stands. */
type Standing = Pick<ContainerView, "state" | "reason">;

/** Asks where a container stands; one that cannot be asked is unknown, with the reason. Never rejects. */
export async function viewContainer(parts: ContainerParts, record: ContainerRecord): Promise<ContainerView> {
  const standing = await standingOf(parts, record);
  return { record, ...standing, supervision: viewSupervision(parts, record) };
}

async function standingOf(parts: ContainerParts, record: ContainerRecord): Promise<Standing> {
  const container = parts.live.find(record);
  if (container === undefined) return viewOfLost(parts, record);
  try {
    const state = await withDeadline(subjectOf(record), stateDeadlineMs, (signal) => container.state({ signal }));
    return { state, reason: "" };
  } catch (error) {
    return unknown(error instanceof Error ? error.message : String(error));
  }
}

/** A container that its runtime does not know any more has nothing left but its recorded end. */
function viewOfLost({ core, live }: ContainerParts, record: ContainerRecord): Standing {
  const reason = live.reason(record);
  if (reason !== undefined) return unknown(reason);
  const exit = core.tables.exits.find(record, "");
  if (exit !== undefined) return { state: { status: "stopped", pid: null, exit }, reason: "" };
  return unknown(record.phase === "deleting" ? "it is being deleted" : "its runtime has nothing of it");
}

function unknown(reason: string): Standing {
  return { state: { status: "unknown", pid: null, exit: null }, reason };
}

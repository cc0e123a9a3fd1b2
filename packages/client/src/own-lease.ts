import { type CallOptions, isOperationError } from "@gantry/api";
import type { RawClients } from "./raw.ts";

/** A lease for one piece of work of the client's. */
export interface WorkLease {
  /** Clients whose calls add to it what they make. */
  readonly clients: RawClients;
  /** Ends it; whatever fails with that, it ends by itself later. Never rejects. */
  end(): Promise<void>;
}

/** Options of {@link LeaseMaker}. */
export interface WorkLeaseOptions extends CallOptions {
  /** After which it ends by itself: longer than the work may take. */
  readonly lifetimeSeconds: number;
}

/**
 * Makes a lease for a piece of work, so that what a client leaves that is killed in the middle is collected one day.
 *
 * @param work - one word, for who looks at leases
 */
export type LeaseMaker = (work: string, options: WorkLeaseOptions) => Promise<WorkLease>;

/** The caller's own lease, which the caller ends. */
export function givenLease(clients: RawClients): WorkLease {
  return { clients, end: async () => undefined };
}

/**
 * Makes a lease; a daemon that has no leases collects nothing, and needs none.
 *
 * @param over - makes clients whose calls are under a lease
 */
export async function makeOwnLease(
  clients: RawClients,
  over: (lease: string) => RawClients,
  { work, lifetimeSeconds, ...options }: WorkLeaseOptions & { readonly work: string },
): Promise<WorkLease> {
  const id = `${work}-${globalThis.crypto.randomUUID()}`;
  try {
    await clients.leases.createLease({ lease: { id }, lifetimeSeconds }, options);
  } catch (error) {
    if (isOperationError(error, "unimplemented")) return givenLease(clients);
    throw error;
  }
  return {
    clients: over(id),
    end: async () => {
      await clients.leases.deleteLease({ id }).catch(() => undefined);
    },
  };
}

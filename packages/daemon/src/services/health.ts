import type { ServiceImpl } from "@connectrpc/connect";
import { OperationError } from "@gantry/api";
import { type Health, HealthCheckResponse_ServingStatus as Status } from "@gantry/api/grpc";
import { Bell } from "../core/bell.ts";

/**
 * What the daemon answers to those who only ask whether it serves: gRPC's own health protocol, for the whole (the empty
 * name) and for each service by its name.
 */
export class HealthState {
  readonly #services: ReadonlySet<string>;
  readonly #changed = new Bell();
  #status: Status = Status.SERVING;

  constructor(services: Iterable<string>) {
    this.#services = new Set(["", ...services]);
  }

  /** From now on nothing is served any more; who watches is told. */
  stop(): void {
    this.#status = Status.NOT_SERVING;
    this.#changed.ring();
  }

  service(): ServiceImpl<typeof Health> {
    return {
      check: ({ service }) => ({ status: this.#known(service) }),
      watch: ({ service }, { signal }) => this.#watch(service, signal),
    };
  }

  #known(service: string): Status {
    if (this.#services.has(service)) return this.#status;
    throw new OperationError("not-found", { type: "daemon", id: service }, "there is no such service");
  }

  /** A service that is not known may come one day, says the protocol: its watcher is told so and waits. */
  async *#watch(service: string, signal: AbortSignal): AsyncGenerator<{ status: Status }, void, void> {
    let told: Status | undefined;
    using waiter = this.#changed.listen(signal);
    for (;;) {
      const status = this.#services.has(service) ? this.#status : Status.SERVICE_UNKNOWN;
      if (status !== told) yield { status };
      told = status;
      await waiter.next();
    }
  }
}

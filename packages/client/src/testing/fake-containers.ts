import type { ServiceImpl } from "@connectrpc/connect";
import { type ErrorKind, OperationError } from "@gantry/api";
import type { Container, ContainerService } from "@gantry/api/gantry/containers/v1";
import { OutputStream, ProcessStatus } from "@gantry/api/gantry/types/v1";
import { dateToMessage } from "@gantry/api/wire";

/** When everything here happens. */
const at = dateToMessage(new Date(1_700_000_000_000));

/** Containers in memory, as far as the client's tests look. Each "runs" when started: it writes two frames and ends with 7. */
export class FakeContainers {
  readonly records = new Map<string, Container>();
  readonly execs = new Set<string>();
  /** Directories from which containers are to go on, by id. */
  readonly checkpoints = new Map<string, string>();
  readonly calls: string[];
  /** What the next call of a name fails with. */
  readonly failures = new Map<string, ErrorKind>();
  /** Readers that are in place. */
  attached = 0;
  /** Bytes written to standard input. */
  stdinBytes = 0;
  /** Whether it is a daemon that starts an exec only when asked on its own. */
  startsByOwnCallOnly = false;
  /** Called in place of an answer to a start. */
  onStart: (() => void) | undefined;
  readonly #started = Promise.withResolvers<void>();

  constructor(calls: string[]) {
    this.calls = calls;
  }

  readonly service: Partial<ServiceImpl<typeof ContainerService>> = {
    createContainer: ({ checkpoint, container, stdio }) => {
      const id = container?.id ?? "";
      if (checkpoint !== "") this.checkpoints.set(id, checkpoint);
      this.#enter("create", `${id} on ${container?.snapshotKey} with ${stdio?.kind.case}`, id);
      if (container === undefined || this.records.has(id)) {
        throw new OperationError("already-exists", { type: "container", id }, "is there");
      }
      const record = { ...container, runtime: container.runtime || "fake", createdAt: at, updatedAt: at };
      this.records.set(id, record);
      return { container: record, pid: 41 };
    },
    startContainer: ({ id }) => {
      this.#enter("start", id, id);
      if (this.onStart !== undefined) {
        this.onStart();
        return new Promise(() => undefined);
      }
      this.#started.resolve();
      return { pid: 41 };
    },
    getContainer: ({ id }) => ({
      container: { container: this.#find(id), state: { status: ProcessStatus.RUNNING, pid: 41 } },
    }),
    listContainers: ({ filters }) => {
      this.calls.push(`list ${filters.join(" or ")}`);
      return { containers: [...this.records.values()].map((container) => ({ container, reason: "asleep" })) };
    },
    deleteContainer: ({ force, id }) => {
      this.#enter("delete", `${id}${force ? " by force" : ""}`, id);
      this.#find(id);
      this.records.delete(id);
      return {};
    },
    killContainer: ({ all, execId, id, signal }) => {
      this.calls.push(`kill ${id}/${execId} by ${signal}${all ? ", all" : ""}`);
      return {};
    },
    waitContainer: async ({ execId, id }) => {
      this.#enter("wait", `${id}/${execId}`, id);
      await this.#started.promise;
      return { exit: { pid: 41, status: 7, exitedAt: at, oomKilled: true } };
    },
    attach: async function* (
      this: FakeContainers,
      { execId, fromOffset, id }: { execId: string; fromOffset: bigint; id: string },
    ) {
      this.#enter("attach", `${id}/${execId} from ${fromOffset}`, id);
      this.attached += 1;
      try {
        yield {};
        await this.#started.promise;
        const bytes = (text: string) => new TextEncoder().encode(text);
        yield { frame: { stream: OutputStream.STDOUT, data: bytes("out"), nextOffset: 2n ** 60n, writtenAt: at } };
        yield { frame: { stream: OutputStream.STDERR, data: bytes("err"), nextOffset: 2n ** 60n + 1n, writtenAt: at } };
      } finally {
        this.attached -= 1;
      }
    }.bind(this),
    writeStdin: ({ data, execId, id }) => {
      this.calls.push(`stdin of ${id}/${execId}: ${data.length} bytes`);
      this.stdinBytes += data.length;
      return {};
    },
    createExec: ({ execId, id, process, start }) => {
      this.#enter(
        "create exec",
        `${id}/${execId}: ${new TextDecoder().decode(process?.value).replace(/^[^{]*/, "")}`,
        id,
      );
      this.#find(id);
      const started = start && !this.startsByOwnCallOnly;
      if (started) this.#startExec(id, execId);
      this.execs.add(execId);
      return { started };
    },
    startExec: ({ execId, id }) => {
      this.#startExec(id, execId);
      return {};
    },
    deleteExec: ({ execId, id }) => {
      this.calls.push(`delete exec ${id}/${execId}`);
      this.execs.delete(execId);
      return {};
    },
  };

  #startExec(id: string, execId: string): void {
    this.#enter("start exec", `${id}/${execId}`, id);
    this.#started.resolve();
  }

  #enter(call: string, what: string, id: string): void {
    this.calls.push(`${call} ${what}`);
    const kind = this.failures.get(call);
    if (kind !== undefined) {
      this.failures.delete(call);
      throw new OperationError(kind, { type: "container", id }, `cannot ${call}`);
    }
  }

  #find(id: string): Container {
    const record = this.records.get(id);
    if (record === undefined) {
      throw new OperationError("not-found", { type: "container", id }, "there is no such container");
    }
    return record;
  }
}

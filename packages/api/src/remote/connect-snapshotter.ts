import { type Client, createClient } from "@connectrpc/connect";
import type { CallOptions } from "../call-options.ts";
import { OperationError } from "../errors.ts";
import type { ListSnapshotsResponse, Snapshot } from "../gantry/snapshots/v1/index.ts";
import { SnapshotKind, SnapshotService } from "../gantry/snapshots/v1/index.ts";
import type { Mount } from "../mount.ts";
import type {
  SnapshotFilter,
  SnapshotInfo,
  SnapshotOptions,
  Snapshotter,
  SnapshotterCapabilities,
  SnapshotUpdate,
  SnapshotUpdateOptions,
  SnapshotUsage,
} from "../snapshotter.ts";
import { labelsToMessage, mountFromMessage, snapshotFromMessage } from "../wire/index.ts";
import { Connection } from "./connection.ts";

/**
 * Connects to a snapshotter that another process serves: by {@link serveSnapshotter}, or anything else that serves
 * `gantry.snapshots.v1.SnapshotService` over gRPC.
 *
 * The result keeps the contract. When the other process is gone, calls reject with `unavailable`, and work again once it
 * is back. `close` ends the connection and leaves the other process alone.
 *
 * @param address - `unix:///PATH` or `http://127.0.0.1:PORT`
 * @param options - `signal`: how long to wait for the first answer
 *
 * Rejects with
 * - `invalid-argument`: `address` has another form
 * - `unavailable`: nobody answers there
 * - `unimplemented`: who answers serves something else
 */
export async function connectSnapshotter(address: string, options: CallOptions = {}): Promise<Snapshotter> {
  const connection = new Connection(address, "snapshotter");
  try {
    const client = createClient(SnapshotService, connection.transport);
    const { copyOnWrite } = await connection.ask(options, (rpc) => client.getCapabilities({}, rpc));
    return new RemoteSnapshotter(connection, client, { copyOnWrite });
  } catch (error) {
    connection.close();
    throw error;
  }
}

class RemoteSnapshotter implements Snapshotter {
  readonly capabilities: SnapshotterCapabilities;
  readonly #connection: Connection;
  readonly #client: Client<typeof SnapshotService>;

  constructor(connection: Connection, client: Client<typeof SnapshotService>, capabilities: SnapshotterCapabilities) {
    this.#connection = connection;
    this.#client = client;
    this.capabilities = capabilities;
  }

  async prepare(key: string, parent: string | null, options: SnapshotOptions = {}): Promise<readonly Mount[]> {
    const request = beginning(key, parent, options);
    const { mounts } = await this.#connection.change(options, (rpc) => this.#client.prepareSnapshot(request, rpc));
    return mounts.map(mountFromMessage);
  }

  async view(key: string, parent: string | null, options: SnapshotOptions = {}): Promise<readonly Mount[]> {
    const request = beginning(key, parent, options);
    const { mounts } = await this.#connection.change(options, (rpc) => this.#client.viewSnapshot(request, rpc));
    return mounts.map(mountFromMessage);
  }

  async mounts(key: string, options: CallOptions = {}): Promise<readonly Mount[]> {
    demandSendable(key, "not-found");
    const { mounts } = await this.#connection.ask(options, (rpc) => this.#client.listMounts({ key }, rpc));
    return mounts.map(mountFromMessage);
  }

  async commit(name: string, key: string, options: SnapshotOptions = {}): Promise<void> {
    demandSendable(name, "invalid-argument");
    demandSendable(key, "not-found");
    const request = { name, key, labels: labelsToMessage(options.labels ?? new Map()) };
    await this.#connection.change(options, (rpc) => this.#client.commitSnapshot(request, rpc));
  }

  async remove(name: string, options: CallOptions = {}): Promise<void> {
    demandSendable(name, "not-found");
    await this.#connection.change(options, (rpc) => this.#client.removeSnapshot({ name }, rpc));
  }

  async stat(name: string, options: CallOptions = {}): Promise<SnapshotInfo> {
    demandSendable(name, "not-found");
    const { snapshot } = await this.#connection.ask(options, (rpc) => this.#client.statSnapshot({ name }, rpc));
    return infoOf(name, snapshot);
  }

  async update(name: string, change: SnapshotUpdate, options: SnapshotUpdateOptions = {}): Promise<SnapshotInfo> {
    demandSendable(name, "not-found");
    const { fieldPaths } = options;
    const request = {
      name,
      labels: labelsToMessage(change.labels),
      ...(fieldPaths && { updateMask: { paths: [...fieldPaths] } }),
    };
    const { snapshot } = await this.#connection.change(options, (rpc) => this.#client.updateSnapshot(request, rpc));
    return infoOf(name, snapshot);
  }

  async usage(name: string, options: CallOptions = {}): Promise<SnapshotUsage> {
    demandSendable(name, "not-found");
    const { sizeBytes, inodes } = await this.#connection.ask(options, (rpc) => this.#client.getUsage({ name }, rpc));
    return { sizeBytes, inodes };
  }

  walk(filter: SnapshotFilter = {}): AsyncIterable<SnapshotInfo> {
    const { kind, parent, namePrefix = "", labels = new Map() } = filter;
    const request = {
      ...(kind && { kind: kind === "active" ? SnapshotKind.ACTIVE : SnapshotKind.COMMITTED }),
      ...(parent !== undefined && { parent: parent ?? "" }),
      namePrefix,
      labels: labelsToMessage(labels),
    };
    return this.#connection.read(filter, (rpc) => {
      // On the wire an empty parent means "from nothing"; as a name it is nobody's.
      return parent === "" ? none() : snapshotsOf(this.#client.listSnapshots(request, rpc));
    });
  }

  async close(): Promise<void> {
    this.#connection.close();
  }
}

function beginning(key: string, parent: string | null, options: SnapshotOptions) {
  demandSendable(key, "invalid-argument");
  if (parent !== null) {
    demandSendable(parent, "not-found");
  }
  return { key, parent: parent ?? "", labels: labelsToMessage(options.labels ?? new Map()) };
}

/**
 * Refuses a name that would arrive as another one, as the snapshotter refuses it: an empty one means "none" in a
 * message, and half a surrogate pair becomes U+FFFD.
 */
function demandSendable(name: string, kind: "invalid-argument" | "not-found"): void {
  if (name === "" || !name.isWellFormed()) {
    const detail = kind === "not-found" ? "does not exist" : "must be well-formed text of at least one character";
    throw new OperationError(kind, { type: "snapshot", id: name }, detail);
  }
}

function infoOf(name: string, snapshot: Snapshot | undefined): SnapshotInfo {
  if (snapshot === undefined) {
    throw new OperationError("internal", { type: "snapshot", id: name }, "the snapshotter sent no answer about it");
  }
  return snapshotFromMessage(snapshot);
}

async function* snapshotsOf(
  answers: AsyncIterable<ListSnapshotsResponse>,
): AsyncGenerator<SnapshotInfo, void, undefined> {
  for await (const { snapshots } of answers) {
    yield* snapshots.map(snapshotFromMessage);
  }
}

async function* none(): AsyncGenerator<never, void, undefined> {
  // Shows nothing.
}

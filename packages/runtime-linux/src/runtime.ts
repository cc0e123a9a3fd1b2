import { arch } from "node:os";
import {
  type CallOptions,
  type Container,
  type CreateRequest,
  checkIdentifier,
  isOperationError,
  type LoadedContainer,
  OperationError,
  type Runtime,
  type RuntimeCapabilities,
  type RuntimeEvent,
  type RuntimeInfo,
  type Subject,
} from "@gantry/api";
import { EventFeed } from "@gantry/api/kit";
import { Bundle } from "./bundle.ts";
import type { LinuxContainer } from "./container.ts";
import { createContainer } from "./create.ts";
import type { Criu } from "./criu.ts";
import { hostSubject } from "./host-error.ts";
import { readJsonValue, specForm } from "./json-value.ts";
import { loadBundles, loadedContainer, removeLeftover } from "./load.ts";
import type { FoundProgram } from "./programs.ts";
import { checkRestore } from "./restore.ts";
import type { RuntimeContext } from "./runtime-context.ts";
import { readSpec } from "./spec.ts";
import { checkStdio } from "./stdio.ts";
import { version } from "./version.ts";

/** What opening the runtime has found out. */
export interface LinuxRuntimeParts {
  readonly context: Omit<RuntimeContext, "emit" | "forget">;
  readonly oci: FoundProgram;
  readonly conmon: FoundProgram;
}

/** Linux containers: an OCI runtime makes them, conmon watches over each. */
export class LinuxRuntime implements Runtime {
  readonly capabilities: RuntimeCapabilities;
  readonly #parts: LinuxRuntimeParts;
  readonly #context: RuntimeContext;
  readonly #events = new EventFeed();
  /** Containers by the name of their bundle; `null` while one is being made. */
  readonly #containers = new Map<string, LinuxContainer | null>();
  /** Bundles that `load` could not read, by name: nothing runs in them that anybody could reach. */
  readonly #broken = new Map<string, { readonly bundle: Bundle; readonly error: unknown }>();
  #loading: Promise<void> | null = null;
  #isClosed = false;

  constructor(parts: LinuxRuntimeParts) {
    this.#parts = parts;
    this.capabilities = {
      ...{ exec: true, pause: true, update: true, stats: true, checkpoint: parts.context.criu.path !== null },
      ...{ terminal: true, stdin: true, pipes: true, oomDetection: true },
    };
    this.#context = {
      ...parts.context,
      emit: (event) => this.#events.publish(event),
      forget: (bundle) => this.#containers.delete(bundle.ociId),
    };
  }

  async info(): Promise<RuntimeInfo> {
    const { oci, conmon, context } = this.#parts;
    const describe = (program: FoundProgram) => (program.path === null ? `missing: ${program.reason}` : program.path);
    const versions = [oci, conmon].flatMap((program) =>
      program.path === null ? [] : [`${program.name} ${program.version}`],
    );
    return {
      id: "linux",
      version: `${version} (${versions.join(", ")})`,
      platform: { os: "linux", architecture: goArchitecture(arch()) },
      details: new Map([
        ["ociRuntime", describe(oci)],
        ["conmon", describe(conmon)],
        ["cgroups", context.cgroups.mode],
        ["state", context.state],
        ["checkpoint", describeCriu(context.criu)],
      ]),
    };
  }

  async create(request: CreateRequest, options?: CallOptions): Promise<Container> {
    this.#checkOpen();
    options?.signal?.throwIfAborted();
    const bundle = new Bundle(
      this.#context.layout,
      checkIdentifier("namespace", request.namespace),
      checkIdentifier("container", request.id),
    );
    const subject: Subject = { type: "container", id: request.id };
    const spec = readSpec(readJsonValue(request.spec, specForm, { type: "spec", id: request.id }));
    checkStdio(request.stdio, { subject, terminal: spec.process.terminal });
    checkRequest(request, subject);
    const { checkpoint: images } = request;
    if (images !== undefined) {
      await checkRestore(this.#context, images, { subject, stdio: request.stdio, terminal: spec.process.terminal });
    }
    this.#checkPrograms(subject);
    await this.#reserve(bundle, subject);
    try {
      const { rootfs, stdio } = request;
      const container = await createContainer(this.#context, {
        ...{ bundle, spec, rootfs, stdio, images: images ?? null },
        signal: options?.signal,
      });
      this.#containers.set(bundle.ociId, container);
      return container;
    } catch (error) {
      this.#containers.delete(bundle.ociId);
      // What could not be taken back is in the way of the next container of this id, which tries again.
      if (isOperationError(error) && error.cleanup.length > 0) this.#broken.set(bundle.ociId, { bundle, error });
      throw error;
    }
  }

  async load(options?: CallOptions): Promise<readonly LoadedContainer[]> {
    this.#checkOpen();
    options?.signal?.throwIfAborted();
    this.#loading ??= this.#load();
    await this.#loading;
    const containers = [...this.#containers.values()].filter((container) => container !== null);
    return [...containers.map((container) => ({ bundle: container.bundle, container })), ...this.#broken.values()].map(
      loadedContainer,
    );
  }

  events(options?: CallOptions): AsyncIterable<RuntimeEvent> {
    this.#checkOpen();
    return this.#events.subscribe(options?.signal);
  }

  async close(): Promise<void> {
    if (this.#isClosed) {
      return;
    }
    this.#isClosed = true;
    this.#events.close();
    const reason = new OperationError("failed-precondition", hostSubject, "the runtime is closed");
    for (const container of this.#containers.values()) container?.close(reason);
    this.#containers.clear();
  }

  async #load(): Promise<void> {
    for (const found of await loadBundles(this.#context)) {
      if ("container" in found) this.#containers.set(found.bundle.ociId, found.container);
      else this.#broken.set(found.bundle.ociId, found);
    }
  }

  /** Takes the id: in memory and, as the intent that `load` finds after a crash, on disk. */
  async #reserve(bundle: Bundle, subject: Subject): Promise<void> {
    if (this.#containers.has(bundle.ociId)) {
      throw new OperationError("already-exists", subject, `is in use in namespace ${bundle.namespace}`);
    }
    this.#containers.set(bundle.ociId, null);
    try {
      // What could not be read gives way to a new container of the same id, which only its deletion can have asked for.
      if (this.#broken.has(bundle.ociId)) await removeLeftover(this.#context, bundle);
      this.#broken.delete(bundle.ociId);
      if (!(await this.#context.host.makeDirectory(bundle.directory))) {
        const detail = `has a bundle in namespace ${bundle.namespace} already; call load first`;
        throw new OperationError("already-exists", subject, detail);
      }
    } catch (error) {
      this.#containers.delete(bundle.ociId);
      throw error;
    }
  }

  #checkOpen(): void {
    if (this.#isClosed) {
      throw new OperationError("failed-precondition", hostSubject, "the runtime is closed");
    }
  }

  #checkPrograms(subject: Subject): void {
    for (const program of [this.#parts.oci, this.#parts.conmon]) {
      if (program.path === null) {
        throw new OperationError("failed-precondition", subject, `a program is missing: ${program.reason}`);
      }
    }
  }
}

function checkRequest(request: CreateRequest, subject: Subject): void {
  if (request.rootfs.length === 0) {
    throw new OperationError("invalid-argument", subject, "rootfs: expected at least one mount");
  }
  if (request.options !== undefined) {
    throw new OperationError(
      "invalid-argument",
      subject,
      `options of type ${request.options.typeUrl}: this runtime has none`,
    );
  }
}

function describeCriu(criu: Criu): string {
  return criu.path === null ? `false: ${criu.reason}` : `criu ${criu.version} at ${criu.path}`;
}

/** OCI images name architectures as Go does. */
function goArchitecture(name: string): string {
  return (
    new Map([
      ["x64", "amd64"],
      ["ia32", "386"],
    ]).get(name) ?? name
  );
}

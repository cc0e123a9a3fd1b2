import { type Exit, type Mount, OperationError, type Stdio, type Subject } from "@gantry/api";
import type { ProcessIdentity } from "./host.ts";
import { isObject, type JsonObject, parseJson } from "./lossless-json.ts";

/** Form of the records below. A later form is refused: what it means is not known here. */
const recordVersion = 1;

/** What is kept of a container besides its spec. Written when it is whole, so a bundle without it is a leftover. */
export interface ContainerRecord {
  readonly namespace: string;
  readonly id: string;
  readonly createdAt: Date;
  readonly stdio: Stdio;
  readonly terminal: boolean;
  readonly cgroupsPath: string;
  readonly ownsPidNamespace: boolean;
  readonly hooks: readonly string[];
  /** Whether it has a group of Intel RDT. */
  readonly usesRdt: boolean;
  /** Whether the OCI runtime keeps {@link Bundle.startFifo} until `start`, as runc and crun do. */
  readonly usesStartFifo: boolean;
  /** `null` as long as {@link restore} has not come to its end. */
  readonly init: ProcessIdentity | null;
  /** Set for a container made of a checkpoint. */
  readonly restore: RestoreRecord | null;
  /** Kept for a person who looks for a fault; `unmount` asks the kernel instead. */
  readonly rootfs: readonly Mount[];
}

/** What is kept of a checkpoint that a container was made of. */
export interface RestoreRecord {
  /** Absolute path of the directory of the images. */
  readonly images: string;
  /** `prepared` until the container is started; `starting` while the outcome of that is not known. */
  readonly phase: "prepared" | "starting" | "started";
}

/** What is kept of an exec. */
export interface ExecRecord {
  readonly id: string;
  /** Makes the order of {@link Container.execs} the same after a restart. */
  readonly createdAt: Date;
  readonly stdio: Stdio;
  readonly terminal: boolean;
  /** `prepared` until it is started; `starting` while the outcome of that is not known. */
  readonly phase: "prepared" | "starting" | "started";
  /** Set when `started`. */
  readonly identity: ProcessIdentity | null;
}

export function writeContainerRecord(record: ContainerRecord): string {
  const init = record.init === null ? null : writeIdentity(record.init);
  return JSON.stringify({ version: recordVersion, ...record, init });
}

/** Throws `data-loss`: the text is no record of this form. */
export function readContainerRecord(text: string, subject: Subject): ContainerRecord {
  const fields = new RecordReader(text, subject);
  const restore = fields.restore();
  const hasInit = restore === null || restore.phase === "started";
  return {
    namespace: fields.text("namespace"),
    id: fields.text("id"),
    createdAt: fields.date("createdAt"),
    stdio: fields.stdio(),
    terminal: fields.boolean("terminal"),
    cgroupsPath: fields.text("cgroupsPath"),
    ownsPidNamespace: fields.boolean("ownsPidNamespace"),
    hooks: fields.list("hooks").filter((hook) => typeof hook === "string"),
    usesRdt: fields.boolean("usesRdt"),
    usesStartFifo: fields.boolean("usesStartFifo"),
    init: hasInit ? fields.identity("init") : null,
    restore,
    rootfs: [],
  };
}

export function writeExecRecord(record: ExecRecord): string {
  const identity = record.identity === null ? null : writeIdentity(record.identity);
  return JSON.stringify({ version: recordVersion, ...record, identity });
}

/** Throws `data-loss`: the text is no record of this form. */
export function readExecRecord(text: string, subject: Subject): ExecRecord {
  const fields = new RecordReader(text, subject);
  const phase = fields.phase(fields.text("phase"));
  return {
    id: fields.text("id"),
    createdAt: fields.date("createdAt"),
    stdio: fields.stdio(),
    terminal: fields.boolean("terminal"),
    phase,
    identity: phase === "started" ? fields.identity("identity") : null,
  };
}

export function writeExit(exit: Exit): string {
  return JSON.stringify({ version: recordVersion, ...exit });
}

/** Throws `data-loss`: the text is no record of this form. */
export function readExit(text: string, subject: Subject): Exit {
  const fields = new RecordReader(text, subject);
  return {
    pid: fields.number("pid"),
    status: fields.number("status"),
    exitedAt: fields.date("exitedAt"),
    oomKilled: fields.boolean("oomKilled"),
  };
}

/** JSON has no integers of 64 bits. */
export function writeIdentity(identity: ProcessIdentity): JsonObject {
  return { ...identity, startTime: identity.startTime.toString() };
}

/** The inverse of {@link writeIdentity}; `null` if the value is of another form. */
export function readIdentity(value: unknown): ProcessIdentity | null {
  if (!isObject(value)) return null;
  const { pid, startTime, bootId } = value;
  const isIdentity =
    typeof pid === "number" && typeof startTime === "string" && /^\d+$/.test(startTime) && typeof bootId === "string";
  return isIdentity ? { pid, startTime: BigInt(startTime), bootId } : null;
}

/** Reads our own files back, which a full disk, a power cut or a person may have changed. */
class RecordReader {
  readonly #document: JsonObject;
  readonly #subject: Subject;

  constructor(text: string, subject: Subject) {
    this.#subject = subject;
    let document: unknown;
    try {
      document = parseJson(text);
    } catch (error) {
      throw new OperationError("data-loss", subject, "its record is no JSON", { cause: error });
    }
    if (!isObject(document) || document["version"] !== recordVersion) {
      throw new OperationError("data-loss", subject, `its record is not of version ${recordVersion}`);
    }
    this.#document = document;
  }

  broken(field: string): OperationError {
    return new OperationError("data-loss", this.#subject, `its record has no valid ${field}`);
  }

  text(field: string): string {
    const value = this.#document[field];
    if (typeof value !== "string") throw this.broken(field);
    return value;
  }

  number(field: string): number {
    const value = this.#document[field];
    if (typeof value !== "number" || !Number.isSafeInteger(value)) throw this.broken(field);
    return value;
  }

  boolean(field: string): boolean {
    const value = this.#document[field];
    if (typeof value !== "boolean") throw this.broken(field);
    return value;
  }

  list(field: string): readonly unknown[] {
    const value = this.#document[field];
    if (!Array.isArray(value)) throw this.broken(field);
    return value;
  }

  date(field: string): Date {
    const date = new Date(this.text(field));
    if (Number.isNaN(date.getTime())) throw this.broken(field);
    return date;
  }

  identity(field: string): ProcessIdentity {
    const identity = readIdentity(this.#document[field]);
    if (identity === null) throw this.broken(field);
    return identity;
  }

  phase(value: unknown): "prepared" | "starting" | "started" {
    if (value !== "prepared" && value !== "starting" && value !== "started") throw this.broken("phase");
    return value;
  }

  /** Absent in the records of versions that made no checkpoints. */
  restore(): RestoreRecord | null {
    const value = this.#document["restore"] ?? null;
    if (value === null) return null;
    if (!isObject(value) || typeof value["images"] !== "string") throw this.broken("restore");
    return { images: value["images"], phase: this.phase(value["phase"]) };
  }

  stdio(): Stdio {
    const value = this.#document["stdio"];
    if (!isObject(value)) throw this.broken("stdio");
    const { kind, stdin, stdout, stderr } = value;
    if (kind === "none") return { kind };
    if (kind === "log") return { kind, stdin: stdin === true };
    if (kind !== "pipes") throw this.broken("stdio");
    return {
      kind,
      ...(typeof stdin === "string" && { stdin }),
      ...(typeof stdout === "string" && { stdout }),
      ...(typeof stderr === "string" && { stderr }),
    };
  }
}

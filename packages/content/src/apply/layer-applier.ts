import { closeSync, constants, writeSync } from "node:fs";
import { OperationError, type Subject } from "@gantry/api";
import { linkat, makeDevice, mkdirat, mknodat, openat, symlinkat } from "@gantry/sys/at";
import { errnoOf } from "../file-error.ts";
import { type ByteString, nativeName, shownName } from "../tar/byte-string.ts";
import { componentsOf } from "../tar/entry-path.ts";
import { invalidEntry, type TarEntry } from "../tar/tar-entry.ts";
import { applyError } from "./apply-error.ts";
import type { LayerLimits } from "./layer-limits.ts";
import { setAttributes, setAttributesAt, setTimes } from "./metadata.ts";
import { removeContents, removeExcept, removeTree } from "./removal.ts";
import { TreeWalk } from "./tree-walk.ts";

/** A name in the directory where the walk is. */
interface Place {
  readonly name: ByteString;
  /** Without symbolic links: one path for one place. */
  readonly path: ByteString;
}

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY, S_IFBLK, S_IFCHR, S_IFIFO } = constants;
const whiteoutPrefix = ".wh.";
/** What aufs kept in its layers for itself; the opaque marker alone has a meaning for others. */
const aufsPrefix = ".wh..wh.";
const opaqueMarker = ".wh..wh..opq";

/**
 * Changes a tree by the entries of one layer (OCI image specification, layer.md): each entry takes the place of what is
 * there, except that a directory joins a directory; whiteouts remove what layers below brought.
 *
 * The tree is what a mount of a snapshot shows, so that removing is enough and no driver's own marks are needed.
 * Everything is done relative to open directories; nothing of an entry is ever resolved by the kernel beyond one name.
 */
export class LayerApplier {
  readonly #subject: Subject;
  readonly #limits: LayerLimits;
  /** Where an entry goes. */
  readonly #walk: TreeWalk;
  /** Where a hard link's target is, held at the same time. */
  readonly #linkWalk: TreeWalk;
  /** Paths that this layer made or touched, with the directories above them: whiteouts leave them alone. */
  readonly #applied = new Set<ByteString>();
  /** Set at the end, since what is made in a directory changes its time. */
  readonly #directoryTimes = new Map<ByteString, bigint>();
  #entries = 0;
  /** The file that is being written, and its entry. */
  #file: { readonly handle: number; readonly entry: TarEntry } | undefined;

  /** @param root - handle of the root directory; stays the caller's */
  constructor(root: number, subject: Subject, limits: LayerLimits) {
    this.#subject = subject;
    this.#limits = limits;
    const maxDepth = limits.depth;
    this.#walk = new TreeWalk(root, subject, { maxDepth, onMade: (path) => this.#markApplied(path) });
    this.#linkWalk = new TreeWalk(root, subject, { maxDepth });
  }

  /** How many entries there were. */
  get entries(): number {
    return this.#entries;
  }

  /** Begins an entry. What it replaces is gone, and unless it is a file, it is complete. */
  begin(entry: TarEntry): void {
    this.#entries += 1;
    if (this.#entries > this.#limits.entries) {
      throw new OperationError("resource-exhausted", this.#subject, `has more than ${this.#limits.entries} entries`);
    }
    this.#guarded(entry, () => this.#apply(entry));
  }

  /** Writes data of the entry that was begun; nothing if that was skipped. */
  write(bytes: Buffer): void {
    const file = this.#file;
    if (file === undefined) return;
    this.#guarded(file.entry, () => {
      for (let done = 0; done < bytes.length; ) done += writeSync(file.handle, bytes, done);
    });
  }

  /** Ends the entry that was begun. */
  end(): void {
    const file = this.#file;
    if (file === undefined) return;
    this.#guarded(file.entry, () => {
      setAttributes(file.handle, file.entry);
      setTimes(file.handle, file.entry.modifiedNs);
    });
    this.#file = undefined;
    closeSync(file.handle);
  }

  /** Does what has to wait for the last entry. */
  finish(): void {
    // In this order neighbours come after each other, and the walk opens each directory once.
    for (const path of [...this.#directoryTimes.keys()].sort()) {
      const modifiedNs = this.#directoryTimes.get(path);
      if (modifiedNs !== undefined && this.#walk.enter(path.split("/"), path, "give-up")) {
        setTimes(this.#walk.handle, modifiedNs);
      }
    }
  }

  /** Closes what is open. Idempotent. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file.handle);
    this.#file = undefined;
    this.#walk.reset();
    this.#linkWalk.reset();
  }

  #apply(entry: TarEntry): void {
    const components = componentsOf(this.#subject, entry.name);
    const name = components.at(-1);
    // The root is the snapshot's own; archives of "." would give it whatever a build directory had.
    if (name === undefined) return;
    if (components.some((component) => component.startsWith(aufsPrefix) && component !== opaqueMarker)) return;
    if (components.length > this.#limits.depth) {
      throw invalidEntry(this.#subject, entry.name, `is more than ${this.#limits.depth} directories deep`);
    }
    const parents = components.slice(0, -1);
    if (name === opaqueMarker) this.#clear(entry, parents);
    else if (name.startsWith(whiteoutPrefix)) this.#whiteOut(entry, parents, name.slice(whiteoutPrefix.length));
    else this.#make(entry, parents, name);
  }

  #clear(entry: TarEntry, directory: readonly ByteString[]): void {
    if (!this.#walk.enter(directory, entry.name, "give-up")) return;
    removeContents(this.#walk.handle, this.#walk.path, (path) => this.#applied.has(path));
    this.#linkWalk.reset();
  }

  #whiteOut(entry: TarEntry, parents: readonly ByteString[], name: ByteString): void {
    if (name === "" || name === "." || name === "..") {
      throw invalidEntry(this.#subject, entry.name, "a whiteout must name a file");
    }
    if (!this.#walk.enter(parents, entry.name, "give-up")) return;
    const path = this.#walk.pathOf(name);
    removeExcept(this.#walk.handle, name, { path, keeps: (kept) => this.#applied.has(kept) });
    this.#linkWalk.reset();
  }

  #make(entry: TarEntry, parents: readonly ByteString[], name: ByteString): void {
    this.#walk.enter(parents, entry.name, "make");
    const place = { name, path: this.#walk.pathOf(name) };
    switch (entry.type) {
      case "directory":
        this.#makeDirectory(entry, place);
        break;
      case "file":
        this.#file = { handle: this.#newFile(place), entry };
        break;
      case "hardlink":
        this.#makeHardLink(entry, place);
        break;
      default:
        this.#makeNode(entry, place);
    }
    this.#markApplied(place.path);
  }

  /** Makes something, and if its name is taken, removes what has it and makes it again. */
  #inPlace<T>({ name, path }: Place, make: (native: string | Buffer) => T): T {
    const native = nativeName(name);
    try {
      return make(native);
    } catch (error) {
      if (errnoOf(error) !== "EEXIST") throw error;
    }
    if (removeTree(this.#walk.handle, name)) this.#forgetDirectory(path);
    return make(native);
  }

  #forgetDirectory(path: ByteString): void {
    this.#linkWalk.reset();
    for (const known of this.#directoryTimes.keys()) {
      if (known === path || known.startsWith(`${path}/`)) this.#directoryTimes.delete(known);
    }
  }

  #newFile(place: Place): number {
    return this.#inPlace(place, (native) => openat(this.#walk.handle, native, O_WRONLY | O_CREAT | O_EXCL, 0o600));
  }

  #makeDirectory(entry: TarEntry, place: Place): void {
    const handle = this.#existingDirectory(place) ?? this.#newDirectory(place);
    try {
      setAttributes(handle, entry);
    } finally {
      closeSync(handle);
    }
    this.#directoryTimes.set(place.path, entry.modifiedNs);
  }

  #newDirectory(place: Place): number {
    return this.#inPlace(place, (native) => {
      mkdirat(this.#walk.handle, native, 0o700);
      return openat(this.#walk.handle, native, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    });
  }

  #existingDirectory(place: Place): number | undefined {
    try {
      return openat(this.#walk.handle, nativeName(place.name), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === "ENOENT" || errno === "ENOTDIR" || errno === "ELOOP") return undefined;
      throw error;
    }
  }

  #makeHardLink(entry: TarEntry, place: Place): void {
    const components = componentsOf(this.#subject, entry.linkName, entry.name);
    const missing = () => {
      const rule = `is a hard link to ${shownName(entry.linkName)}, which is not there or cannot be linked`;
      return invalidEntry(this.#subject, entry.name, rule);
    };
    const targetName = components.at(-1);
    if (targetName === undefined || !this.#linkWalk.enter(components.slice(0, -1), entry.name, "give-up"))
      throw missing();
    if (this.#linkWalk.pathOf(targetName) === place.path) throw missing();
    try {
      this.#inPlace(place, (native) => {
        linkat(this.#linkWalk.handle, nativeName(targetName), this.#walk.handle, native);
      });
    } catch (error) {
      // EPERM: a directory, or a file that the kernel protects.
      if (errnoOf(error) === "ENOENT" || errnoOf(error) === "EPERM") throw missing();
      throw error;
    }
  }

  #makeNode(entry: TarEntry, place: Place): void {
    const { type, device, linkName } = entry;
    // The overlay file system marks what is deleted so.
    if (type === "character-device" && device.major === 0 && device.minor === 0) {
      throw invalidEntry(this.#subject, entry.name, "a character device 0:0 means a deleted file to the kernel");
    }
    if (type === "symlink" && linkName === "") {
      throw invalidEntry(this.#subject, entry.name, "a symbolic link must point somewhere");
    }
    this.#inPlace(place, (native) => {
      if (type === "symlink") symlinkat(nativeName(linkName), this.#walk.handle, native);
      else if (type === "fifo") mknodat(this.#walk.handle, native, S_IFIFO | 0o600);
      else {
        const kind = type === "block-device" ? S_IFBLK : S_IFCHR;
        mknodat(this.#walk.handle, native, kind | 0o600, makeDevice(device.major, device.minor));
      }
    });
    setAttributesAt(this.#walk.handle, place.name, entry);
  }

  #markApplied(path: ByteString): void {
    for (
      let part = path;
      part !== "" && !this.#applied.has(part);
      part = part.slice(0, Math.max(part.lastIndexOf("/"), 0))
    ) {
      this.#applied.add(part);
    }
  }

  #guarded(entry: TarEntry, work: () => void): void {
    try {
      work();
    } catch (error) {
      throw applyError(error, this.#subject, entry);
    }
  }
}

import type { CommandModule } from "./command-module.ts";

/** One command, as the help lists it; what it does is loaded only when it is called. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<CommandModule>;
}

/** Commands that share a noun. */
export interface CommandGroup {
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly CommandEntry[];
}

/**
 * Everything that `gantry` can do, in the order of its help. Loading all of it would cost more than most commands take.
 */
export const commandList: readonly (CommandEntry | CommandGroup)[] = [
  {
    name: "run",
    summary: "run a command in a new container",
    load: async () => (await import("./commands/run.ts")).run,
  },
  {
    name: "exec",
    summary: "run a command in a running container",
    load: async () => (await import("./commands/exec.ts")).exec,
  },
  { name: "ps", summary: "list containers", load: async () => (await import("./commands/ps.ts")).ps },
  { name: "logs", summary: "show what a container wrote", load: async () => (await import("./commands/logs.ts")).logs },
  { name: "stop", summary: "end containers for good", load: async () => (await import("./commands/stop.ts")).stop },
  {
    name: "start",
    summary: "run containers that do not run",
    load: async () => (await import("./commands/start.ts")).start,
  },
  {
    name: "restart",
    summary: "end containers and run them again",
    load: async () => (await import("./commands/restart.ts")).restart,
  },
  { name: "kill", summary: "send a signal to containers", load: async () => (await import("./commands/kill.ts")).kill },
  {
    name: "checkpoint",
    summary: "write the state of a container's processes to a directory",
    load: async () => (await import("./commands/checkpoint.ts")).checkpoint,
  },
  { name: "wait", summary: "wait for containers to end", load: async () => (await import("./commands/wait.ts")).wait },
  {
    name: "exits",
    summary: "show how the runs of a container ended",
    load: async () => (await import("./commands/exits.ts")).exits,
  },
  {
    name: "inspect",
    summary: "show all that is known about containers, as JSON",
    load: async () => (await import("./commands/inspect.ts")).inspect,
  },
  { name: "rm", summary: "remove containers", load: async () => (await import("./commands/rm.ts")).rm },
  { name: "events", summary: "show what happened", load: async () => (await import("./commands/events.ts")).events },
  { name: "version", summary: "show versions", load: async () => (await import("./commands/version.ts")).version },
  {
    name: "container",
    summary: "look into containers",
    commands: [
      {
        name: "inspect",
        summary: "show all that is known about containers, as JSON",
        load: async () => (await import("./commands/container-inspect.ts")).containerInspect,
      },
    ],
  },
  {
    name: "image",
    summary: "bring in, list and remove images",
    commands: [
      {
        name: "import",
        summary: "bring in the images of an archive or directory",
        load: async () => (await import("./commands/image-import.ts")).imageImport,
      },
      { name: "ls", summary: "list images", load: async () => (await import("./commands/image-ls.ts")).imageLs },
      { name: "rm", summary: "remove images", load: async () => (await import("./commands/image-rm.ts")).imageRm },
    ],
  },
  {
    name: "snapshot",
    summary: "make, show, compare and remove snapshots",
    commands: [
      {
        name: "ls",
        summary: "show snapshots as a tree",
        load: async () => (await import("./commands/snapshot-ls.ts")).snapshotLs,
      },
      {
        name: "tree",
        summary: "draw which snapshot is made on which",
        load: async () => (await import("./commands/snapshot-tree.ts")).snapshotTree,
      },
      {
        name: "info",
        summary: "show what is known about a snapshot",
        load: async () => (await import("./commands/snapshot-info.ts")).snapshotInfo,
      },
      {
        name: "prepare",
        summary: "start a writable snapshot, and print how to mount it",
        load: async () => (await import("./commands/snapshot-prepare.ts")).snapshotPrepare,
      },
      {
        name: "view",
        summary: "start a readonly snapshot, and print how to mount it",
        load: async () => (await import("./commands/snapshot-view.ts")).snapshotView,
      },
      {
        name: "mounts",
        summary: "print how to mount an Active snapshot",
        load: async () => (await import("./commands/snapshot-mounts.ts")).snapshotMounts,
      },
      {
        name: "commit",
        summary: "make a Committed snapshot of an Active one, whose key is gone then",
        load: async () => (await import("./commands/snapshot-commit.ts")).snapshotCommit,
      },
      {
        name: "rm",
        summary: "remove snapshots",
        load: async () => (await import("./commands/snapshot-rm.ts")).snapshotRm,
      },
      {
        name: "usage",
        summary: "show the room that a snapshot takes of its own",
        load: async () => (await import("./commands/snapshot-usage.ts")).snapshotUsage,
      },
      {
        name: "diff",
        summary: "list what a snapshot changed",
        load: async () => (await import("./commands/snapshot-diff.ts")).snapshotDiff,
      },
    ],
  },
  {
    name: "gc",
    summary: "remove what nothing keeps, or say what keeps an object",
    load: async () => (await import("./commands/gc.ts")).gc,
  },
  {
    name: "lease",
    summary: "keep objects from being collected",
    commands: [
      {
        name: "ls",
        summary: "list leases, or what one keeps",
        load: async () => (await import("./commands/lease-ls.ts")).leaseLs,
      },
      {
        name: "create",
        summary: "make a lease",
        load: async () => (await import("./commands/lease-create.ts")).leaseCreate,
      },
      { name: "rm", summary: "end leases", load: async () => (await import("./commands/lease-rm.ts")).leaseRm },
      {
        name: "add",
        summary: "add objects to a lease",
        load: async () => (await import("./commands/lease-add.ts")).leaseAdd,
      },
    ],
  },
  {
    name: "namespace",
    summary: "list namespaces",
    commands: [
      {
        name: "ls",
        summary: "list namespaces",
        load: async () => (await import("./commands/namespace-ls.ts")).namespaceLs,
      },
    ],
  },
  {
    name: "token",
    summary: "make, list and remove tokens for callers over TCP",
    commands: [
      {
        name: "create",
        summary: "make a token, and print its secret, this once",
        load: async () => (await import("./commands/token-create.ts")).tokenCreate,
      },
      { name: "ls", summary: "list tokens", load: async () => (await import("./commands/token-ls.ts")).tokenLs },
      {
        name: "rm",
        summary: "remove tokens, and end what their holders have open",
        load: async () => (await import("./commands/token-rm.ts")).tokenRm,
      },
    ],
  },
  {
    name: "daemon",
    summary: "ask about the daemon",
    commands: [
      {
        name: "status",
        summary: "show how the daemon and its parts fare",
        load: async () => (await import("./commands/daemon-status.ts")).daemonStatus,
      },
    ],
  },
];

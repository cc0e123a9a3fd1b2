import type { Container, CreateRequest, Exit, Runtime, RuntimeEvent } from "@gantry/api";
import { OperationError } from "@gantry/api";
import { altered, never, unless, withContainers, withProcesses } from "./altered.ts";
import type { BrokenRuntime } from "./broken-runtimes.ts";

/** Mistakes with containers and their own processes. */
export const brokenLives: Readonly<Record<string, BrokenRuntime>> = {
  "forgets that an id is in use": {
    spoil: (sound) => createdInstead(sound, "already-exists", (request) => findContainer(sound, request)),
    noticedBy: [
      "create rejects an id in use with already-exists and leaves its owner alone",
      "create of one id by many callers at once makes one container",
      "an id stays in use after load",
    ],
  },

  "keeps one id for all namespaces": {
    spoil: (sound) => {
      const owners = new Map<string, string>();
      return refusing(sound, ({ namespace, id }) => {
        const owner = owners.get(id) ?? namespace;
        owners.set(id, owner);
        return owner !== namespace;
      });
    },
    noticedBy: ["create lets one id be used in two namespaces"],
  },

  "never gives an id away again": {
    spoil: (sound) => {
      const used = new Set<string>();
      return refusing(sound, ({ id }) => used.size === used.add(id).size);
    },
    noticedBy: ["delete frees the id at once"],
  },

  "leaves a container of a create that failed": {
    spoil: (sound) =>
      altered(sound, {
        create: async (request, options) => {
          const rootfs = [{ type: "simulated", source: "nothing", target: "", options: [] }];
          return sound.create(request, options).catch(async (error: unknown) => {
            await sound.create({ ...request, id: "leftover", rootfs }).catch(() => undefined);
            throw error;
          });
        },
      }),
    noticedBy: [
      "create rejects an empty list of mounts with invalid-argument",
      "create rejects a mount of nothing with not-found and names it",
    ],
  },

  "mends an id that it does not like": {
    spoil: (sound) =>
      createdInstead(sound, "invalid-argument", (request) =>
        sound.create({ ...request, namespace: "n", id: "mended" }),
      ),
    noticedBy: ["create rejects a malformed id or namespace with invalid-argument"],
  },

  "ignores that a create is not wanted any more": {
    spoil: (sound) => altered(sound, { create: (request) => sound.create(request) }),
    noticedBy: ["create rejects with the reason of a signal that has aborted"],
  },

  "runs the program when the container is created": {
    spoil: (sound) =>
      altered(sound, {
        create: async (...args) => {
          const container = await sound.create(...args);
          await container.start();
          return container;
        },
      }),
    noticedBy: ["create makes a created container with a process that does not run yet"],
  },

  "lets a program be started twice": {
    spoil: (sound) =>
      withProcesses(sound, (process) => ({
        start: (options) => unless("failed-precondition", process.start(options), () => undefined),
      })),
    noticedBy: [
      "start rejects a running or stopped container with failed-precondition that says where it stands",
      "start by two callers at once runs the program once",
    ],
  },

  "deletes what runs without being forced": {
    spoil: (sound) =>
      withContainers(sound, (container) => ({ delete: (options) => container.delete({ ...options, force: true }) })),
    noticedBy: ["delete rejects a running container with failed-precondition and leaves it alone"],
  },

  "does not kill what it deletes by force": {
    spoil: (sound) =>
      withContainers(sound, (container) => ({
        delete: (options = {}) => container.delete({ ...options, force: false }),
      })),
    noticedBy: ["delete with force removes a paused container"],
  },

  "forgets how a container ended that it deletes": {
    spoil: (sound) =>
      withContainers(sound, (container) => ({
        delete: async (options) => {
          await container.delete(options);
          return null;
        },
      })),
    noticedBy: ["delete removes a stopped container and gives its exit", "delete with force kills what runs"],
  },

  "answers for a container that was deleted": {
    spoil: (sound) =>
      withContainers(sound, (container) => ({
        state: (options) =>
          unless("not-found", container.state(options), () => ({ status: "unknown", pid: null, exit: null })),
      })),
    noticedBy: ["every call on a deleted container rejects with not-found"],
  },

  "lets whoever waits for a deleted container wait on": {
    spoil: (sound) =>
      withProcesses(sound, (process) => ({
        wait: (options) => unless("not-found", process.wait(options), never<Exit>),
      })),
    noticedBy: ["delete removes a created container, which never ran"],
  },

  "lets the init process be deleted alone": {
    spoil: (sound) =>
      withProcesses(sound, (process) => ({
        delete: (options) => unless("failed-precondition", process.delete(options), () => null),
      })),
    noticedBy: ["delete of the init process alone is refused with failed-precondition"],
  },

  "gives the number of a signal without the 128": {
    spoil: (sound) =>
      withWait(sound, (exit) => ({ ...exit, status: exit.status > 128 ? exit.status - 128 : exit.status })),
    noticedBy: ["wait gives 128 and the number of the signal that ended the program"],
  },

  "cuts a status to seven bits": {
    spoil: (sound) => withWait(sound, (exit) => ({ ...exit, status: exit.status & 127 })),
    noticedBy: ["wait gives the status that the program ended with"],
  },

  "gives another time of the end to each who asks": {
    spoil: (sound) => {
      let calls = 0;
      return withWait(sound, (exit) => {
        calls += 1;
        return { ...exit, exitedAt: new Date(exit.exitedAt.getTime() + calls) };
      });
    },
    noticedBy: [
      "wait gives the status that the program ended with",
      "wait for a created container gives every one of many callers the same exit",
    ],
  },

  "answers the first of those who wait alone": {
    spoil: (sound) =>
      withProcesses(sound, (process) => {
        let isAsked = false;
        return {
          wait: (options) => {
            if (isAsked) return never();
            isAsked = true;
            return process.wait(options);
          },
        };
      }),
    noticedBy: ["wait for a created container gives every one of many callers the same exit"],
  },

  "cannot be told to stop waiting": {
    spoil: (sound) => withProcesses(sound, (process) => ({ wait: () => process.wait() })),
    noticedBy: ["wait rejects with the reason of its signal and leaves the program alone"],
  },

  "says that it has killed what is stopped": {
    spoil: (sound) =>
      withContainers(sound, (container) => ({
        kill: (...args) => unless("failed-precondition", container.kill(...args), () => undefined),
      })),
    noticedBy: ["kill rejects a stopped container with failed-precondition"],
  },

  "takes every signal for one that it knows": {
    spoil: (sound) =>
      withContainers(sound, (container) => ({
        kill: (...args) => unless("invalid-argument", container.kill(...args), () => undefined),
      })),
    noticedBy: ["kill rejects an unknown signal with invalid-argument"],
  },

  "takes every signal for SIGKILL": {
    spoil: (sound) =>
      withContainers(sound, (container) => ({ kill: (_signal, options) => container.kill("SIGKILL", options) })),
    noticedBy: [
      "kill takes a signal by name, short name and number",
      "kill resolves although the program ignores the signal",
    ],
  },

  "says that a paused container runs": {
    spoil: (sound) =>
      withProcesses(sound, (process) => ({
        state: async (options) => {
          const state = await process.state(options);
          return state.status === "paused" ? { ...state, status: "running" } : state;
        },
      })),
    noticedBy: [
      "pause stops a running container and resume lets it go on",
      "load finds a paused container, which can be resumed",
    ],
  },

  "says that it has paused what goes on": {
    spoil: (sound) =>
      withContainers(sound, (container) => ({
        pause: async () => undefined,
        resume: async () => undefined,
        state: async (options) => {
          const state = await container.state(options);
          return state.status === "running" ? { ...state, status: "paused" } : state;
        },
      })),
    noticedBy: ["a paused program does not go on"],
  },

  "resumes what is not paused": {
    spoil: (sound) =>
      withContainers(sound, (container) => ({
        resume: (options) => unless("failed-precondition", container.resume(options), () => undefined),
      })),
    noticedBy: ["pause and resume reject where they do not fit with failed-precondition"],
  },

  "counts zeros for a stopped container": {
    spoil: (sound) =>
      withContainers(sound, (container) => ({
        stats: (options) =>
          unless("failed-precondition", container.stats(options), () => ({ readAt: new Date(), cpu: { usageNs: 0n } })),
      })),
    noticedBy: ["stats tells what a running container uses, and rejects a stopped one with failed-precondition"],
  },

  "passes over limits that it cannot read": {
    spoil: (sound) =>
      withContainers(sound, (container) => ({
        update: (...args) => unless("invalid-argument", container.update(...args), () => undefined),
      })),
    noticedBy: [
      "update rejects what cannot be applied with invalid-argument, and a stopped container with failed-precondition",
    ],
  },

  "says that it has updated, and has not": {
    spoil: (sound) => withContainers(sound, () => ({ update: async () => undefined })),
    noticedBy: ["update changes a limit of a running container"],
  },

  "forgets its containers when it is opened again": {
    spoil: (sound) => altered(sound, { load: async () => [] }),
    noticedBy: [
      "load finds a created container, which can still be started",
      "load finds many containers in many states, and every one as it is",
    ],
  },

  "loses the exits of what ended before it was opened": {
    spoil: (sound) => {
      const found = new WeakSet<Container>();
      const marking = altered(sound, {
        load: async () => {
          const all = await sound.load();
          for (const one of all) if ("container" in one) found.add(one.container);
          return all;
        },
      });
      return withProcesses(marking, (process, container) => ({
        wait: async (options) => {
          const exit = await process.wait(options);
          return found.has(container) ? { ...exit, status: 255 } : exit;
        },
      }));
    },
    noticedBy: [
      "load finds the exact exit of a container that ended meanwhile",
      "load finds the exit of a container that ended before",
    ],
  },

  "kills its containers when it is closed": {
    spoil: (sound) =>
      altered(sound, {
        close: async () => {
          const found = await sound.load().catch(() => []);
          await Promise.all(
            found.map((one) => "container" in one && one.container.kill("SIGKILL").catch(() => undefined)),
          );
          await sound.close();
        },
      }),
    noticedBy: [
      "containers go on when the runtime is closed",
      "load finds a running container with its pid, its output and its end",
    ],
  },

  "answers after close": {
    spoil: (sound) =>
      altered(sound, { load: (options) => unless("failed-precondition", sound.load(options), () => []) }),
    noticedBy: ["every call on a closed runtime rejects with failed-precondition, and closing again does nothing"],
  },

  "tells of each exit twice": {
    spoil: (sound) => withEvents(sound, (event) => [event, event]),
    noticedBy: ["events tell of each exit once"],
  },

  "begins to note events when they are read": {
    spoil: (sound) =>
      altered(sound, {
        events: async function* (options) {
          yield* sound.events?.(options) ?? [];
        },
      }),
    noticedBy: ["events tell also later of what happened since they were asked for"],
  },

  "tells of exits of execs as though they were the container's": {
    spoil: (sound) => withEvents(sound, (event) => [{ ...event, processId: event.containerId }]),
    noticedBy: ["events tell of the exit of an exec by its own id"],
  },
};

function createdInstead(
  sound: Runtime,
  kind: "already-exists" | "invalid-argument",
  instead: (request: CreateRequest) => Promise<Container>,
): Runtime {
  return altered(sound, {
    create: (request, options) => unless(kind, sound.create(request, options), () => instead(request)),
  });
}

/** Refuses ids that nobody uses. */
function refusing(sound: Runtime, isRefused: (request: CreateRequest) => boolean): Runtime {
  return altered(sound, {
    create: async (request, options) => {
      if (isRefused(request)) {
        throw new OperationError("already-exists", { type: "container", id: request.id }, "is in use");
      }
      return sound.create(request, options);
    },
  });
}

async function findContainer(runtime: Runtime, { namespace, id }: CreateRequest): Promise<Container> {
  const found = (await runtime.load()).find((one) => one.id === id && one.namespace === namespace);
  if (found === undefined || "error" in found) throw new TypeError("the id is in use by nobody");
  return found.container;
}

function withWait(sound: Runtime, change: (exit: Exit) => Exit): Runtime {
  return withProcesses(sound, (process) => ({ wait: async (options) => change(await process.wait(options)) }));
}

function withEvents(sound: Runtime, change: (event: RuntimeEvent) => readonly RuntimeEvent[]): Runtime {
  return altered(sound, {
    events: async function* (options) {
      for await (const event of sound.events?.(options) ?? []) yield* change(event);
    },
  });
}

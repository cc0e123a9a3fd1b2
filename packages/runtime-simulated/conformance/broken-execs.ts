import type { Container, Exit } from "@gantry/api";
import { processFromAny, processToAny } from "@gantry/api/spec";
import { altered, never, unless, withContainers, withExecs } from "./altered.ts";
import type { BrokenRuntime } from "./broken-runtimes.ts";

/** Mistakes with execs. */
export const brokenExecs: Readonly<Record<string, BrokenRuntime>> = {
  "gives one exec id to two": {
    spoil: (sound) =>
      withContainers(sound, (container) => ({
        exec: (request, options) =>
          unless("already-exists", container.exec(request, options), () => execOf(container, request.id)),
      })),
    noticedBy: ["exec rejects an id in use with already-exists until it is deleted"],
  },

  "lets execs outlive the container's own process": {
    spoil: (sound) =>
      withExecs(sound, (process, container) => ({
        wait: async (options) => {
          const exit = await process.wait(options);
          return (await container.state()).status === "stopped" ? never() : exit;
        },
      })),
    noticedBy: ["the end of the container is the end of its execs"],
  },

  "ends the container with the first of its execs": {
    spoil: (sound) =>
      withExecs(sound, (process, container) => ({
        wait: async (options) => {
          const exit = await process.wait(options);
          await container.kill("SIGKILL").catch(() => undefined);
          return exit;
        },
      })),
    noticedBy: [
      "exec runs another program with an id, status and output of its own",
      "kill of an exec ends it alone; a running one cannot be started or deleted",
      "several execs run at once and end by themselves",
    ],
  },

  "prepares execs in a paused container": {
    spoil: (sound) =>
      withContainers(sound, (container) => ({
        exec: (request, options) =>
          unless("failed-precondition", container.exec(request, options), async () => {
            await container.resume();
            const exec = await container.exec(request, options);
            await container.pause();
            return exec;
          }),
      })),
    noticedBy: ["exec is refused with failed-precondition while the container is paused"],
  },

  "starts a container to run an exec in it": {
    spoil: (sound) =>
      withContainers(sound, (container) => ({
        exec: (request, options) =>
          unless("failed-precondition", container.exec(request, options), async () => {
            await container.start();
            return container.exec(request, options);
          }),
      })),
    noticedBy: ["exec is refused with failed-precondition unless the container runs"],
  },

  "gives execs an environment of their own alone": {
    spoil: (sound) =>
      withContainers(sound, (container) => ({
        exec: (request, options) => {
          const process = processFromAny(request.process);
          return container.exec({ ...request, process: processToAny({ env: [], ...process }) }, options);
        },
      })),
    noticedBy: ["exec gives the process what it leaves out from the container's own"],
  },

  "orders execs by their ids": {
    spoil: (sound) =>
      withContainers(sound, (container) => ({
        execs: () => container.execs().toSorted((one, other) => (one.id < other.id ? -1 : 1)),
      })),
    noticedBy: [
      "execs gives them in the order they were made",
      "load finds execs that are prepared, running and stopped, in their order",
    ],
  },

  "loses execs when it is opened again": {
    spoil: (sound) =>
      altered(sound, {
        load: async () =>
          (await sound.load()).map((one) =>
            "container" in one ? { ...one, container: altered(one.container, { execs: () => [] }) } : one,
          ),
      }),
    noticedBy: ["load finds execs that are prepared, running and stopped, in their order"],
  },

  "kills the container in the place of an exec": {
    spoil: (sound) => withExecs(sound, (_process, container) => ({ kill: (...args) => container.kill(...args) })),
    noticedBy: ["kill of an exec ends it alone; a running one cannot be started or deleted"],
  },

  "sends signals for all to the container's own process alone": {
    spoil: (sound) => withContainers(sound, (container) => ({ kill: (signal) => container.kill(signal) })),
    noticedBy: ["kill reaches the container's own process alone, and every process with all"],
  },

  "sends signals for one process to all": {
    spoil: (sound) =>
      withContainers(sound, (container) => ({ kill: (signal) => container.kill(signal, { all: true }) })),
    noticedBy: ["kill reaches the container's own process alone, and every process with all"],
  },

  "deletes an exec that runs": {
    spoil: (sound) =>
      withExecs(sound, (process) => ({
        delete: (options) => unless("failed-precondition", process.delete(options), () => null),
      })),
    noticedBy: ["kill of an exec ends it alone; a running one cannot be started or deleted"],
  },

  "answers for an exec whose container is deleted": {
    spoil: (sound) =>
      withExecs(sound, (process) => ({
        state: (options) =>
          unless("not-found", process.state(options), () => ({ status: "unknown", pid: null, exit: null })),
      })),
    noticedBy: [
      "delete of a container takes its execs with it",
      "exec rejects an id in use with already-exists until it is deleted",
    ],
  },

  "lets whoever waits for a deleted exec wait on": {
    spoil: (sound) =>
      withExecs(sound, (process) => ({ wait: (options) => unless("not-found", process.wait(options), never<Exit>) })),
    noticedBy: ["wait for an exec that is deleted before it ran rejects with not-found"],
  },

  "says that a program which is not there has run": {
    spoil: (sound) =>
      withExecs(sound, (process) => ({
        start: (options) => unless("not-found", process.start(options), () => undefined),
      })),
    noticedBy: ["start of an exec rejects a program that does not exist with not-found, and it can be deleted"],
  },

  "lists the container's own process alone": {
    spoil: (sound) =>
      withContainers(sound, (container) => ({
        processes: async (options) => (await container.processes(options)).slice(0, 1),
      })),
    noticedBy: ["processes lists init and execs by their ids"],
  },
};

function execOf(container: Container, id: string) {
  const found = container.execs().find((exec) => exec.id === id);
  if (found === undefined) throw new TypeError("the id is in use by nobody");
  return found;
}

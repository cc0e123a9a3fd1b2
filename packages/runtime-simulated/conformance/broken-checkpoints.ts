import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { CreateRequest, Runtime } from "@gantry/api";
import { altered, unless, withContainers } from "./altered.ts";
import type { BrokenRuntime } from "./broken-runtimes.ts";

/** Mistakes with checkpoints. */
export const brokenCheckpoints: Readonly<Record<string, BrokenRuntime>> = {
  "says that it has made a checkpoint": {
    spoil: (sound) => withContainers(sound, () => ({ checkpoint: async () => undefined })),
    noticedBy: [
      "checkpoint is there or says what is missing",
      "create with a checkpoint is there or says what is missing, and makes nothing",
    ],
  },

  "has no checkpoints, and takes them for a container all the same": {
    spoil: (sound) => {
      const capabilities = { ...sound.capabilities, checkpoint: false };
      return altered(sound, { capabilities, create: (request, options) => sound.create(without(request), options) });
    },
    noticedBy: ["create with a checkpoint is there or says what is missing, and makes nothing"],
  },

  "starts the program anew in place of restoring it": {
    spoil: (sound) => altered(sound, { create: (request, options) => sound.create(without(request), options) }),
    noticedBy: [
      "create with a checkpoint is there or says what is missing, and makes nothing",
      "checkpoint stops a container, and its processes go on in another one",
      "a container to be restored has nothing that runs until it is started, and can be deleted",
      "start of a checkpoint that is gone fails, and can be tried again",
    ],
  },

  "lets a container go on after every checkpoint": {
    spoil: (sound) =>
      withContainers(sound, (container) => ({
        checkpoint: (options) => container.checkpoint({ ...options, leaveRunning: true }),
      })),
    noticedBy: [
      "checkpoint stops a container, and its processes go on in another one",
      "load finds a container to be restored, which can be started, and a restored one, which runs on",
    ],
  },

  "ends a container with every checkpoint": {
    spoil: (sound) =>
      withContainers(sound, (container) => ({
        checkpoint: (options) => container.checkpoint({ ...options, leaveRunning: false }),
      })),
    noticedBy: ["checkpoint with leaveRunning lets the container go on"],
  },

  "makes room for a checkpoint": {
    spoil: (sound) =>
      withContainers(sound, (container) => ({
        checkpoint: (options) =>
          unless("failed-precondition", container.checkpoint(options), () => {
            for (const name of readdirSync(options.path)) rmSync(join(options.path, name));
            return container.checkpoint(options);
          }),
      })),
    noticedBy: ["checkpoint rejects a path that is no empty directory, and the container goes on"],
  },

  "ends a container whose checkpoint fails": {
    spoil: (sound) =>
      withContainers(sound, (container) => ({
        checkpoint: (options) =>
          container.checkpoint(options).catch(async (error: unknown) => {
            await container.kill("SIGKILL");
            throw error;
          }),
      })),
    noticedBy: ["checkpoint rejects a path that is no empty directory, and the container goes on"],
  },

  "makes a container of nothing": {
    spoil: (sound) =>
      altered(sound, {
        create: (request, options) =>
          unless("invalid-argument", sound.create(request, options), () => sound.create(without(request), options)),
      }),
    noticedBy: ["create rejects a checkpoint that is none, and makes nothing"],
  },

  "reads a checkpoint only once": {
    spoil: (sound) => {
      const seen = new Set<string>();
      return altered(sound, {
        create: (request, options) => {
          const { checkpoint = "" } = request;
          const again = seen.size === seen.add(checkpoint).size;
          return sound.create(again ? without(request) : request, options);
        },
      } satisfies Partial<Runtime>);
    },
    noticedBy: ["one checkpoint can be restored many times, also at once"],
  },
};

function without({ checkpoint: _, ...request }: CreateRequest): CreateRequest {
  return request;
}

import type { ConnectRouter, ServiceImpl } from "@connectrpc/connect";
import { OperationError } from "@gantry/api";
import { ContainerService } from "@gantry/api/gantry/containers/v1";
import { ContentService } from "@gantry/api/gantry/content/v1";
import { ImageService } from "@gantry/api/gantry/images/v1";
import { SnapshotService } from "@gantry/api/gantry/snapshots/v1";
import { dateToMessage } from "@gantry/api/wire";
import { FakeContainers } from "./fake-containers.ts";
import { FakeContent } from "./fake-content.ts";
import { type FakeServer, startFakeServer } from "./fake-server.ts";
import { FakeSnapshots } from "./fake-snapshots.ts";

/** Chain id of the only layer of the only image. */
export const chainId = `sha256:${"c".repeat(64)}`;

const digest = `sha256:${"d".repeat(64)}`;
const at = dateToMessage(new Date(1_700_000_000_000));
const target = { mediaType: "application/vnd.oci.image.manifest.v1+json", digest, sizeBytes: 100n };
const resolved = {
  manifest: target,
  config: target,
  configJson: '{"os":"linux","config":{"Cmd":["sh"],"Env":["A=1"]}}',
  layers: [target],
  chainIds: [chainId],
};

/** A daemon in memory with one image, `box`, that is not unpacked yet. */
export class FakeDaemon {
  /** What was called, in order. */
  readonly calls: string[] = [];
  readonly containers = new FakeContainers(this.calls);
  readonly content = new FakeContent(this.calls);
  readonly snapshots = new FakeSnapshots(this.calls);
  /** Namespaces of the calls. */
  readonly namespaces = new Set<string>();
  /** Whether imports fail. */
  brokenArchive = false;

  start(): Promise<FakeServer> {
    return startFakeServer((router) => this.route(router));
  }

  route(router: ConnectRouter): void {
    router.service(ContainerService, this.containers.service);
    router.service(ContentService, this.content.service);
    router.service(SnapshotService, this.snapshots.service);
    router.service(ImageService, this.#images);
  }

  readonly #images: Partial<ServiceImpl<typeof ImageService>> = {
    listImages: (_request, context) => {
      this.namespaces.add(context.requestHeader.get("gantry-namespace") ?? "");
      return {
        images: [{ name: "box", target, labels: { "a.b/c": "d" }, createdAt: at, updatedAt: at }],
      };
    },
    resolveImage: ({ name }) => {
      this.#checkName(name);
      return { image: resolved };
    },
    unpackImage: async function* (this: FakeDaemon, { name }: { name: string }) {
      this.#checkName(name);
      this.calls.push(`unpack ${name}`);
      yield {
        response: { case: "progress" as const, value: { stage: "unpack", digest, doneBytes: 1n, totalBytes: 2n } },
      };
      this.snapshots.add(chainId, "committed");
      yield { response: { case: "image" as const, value: resolved } };
    }.bind(this),
    importImage: async function* (this: FakeDaemon, { name, ref }: { name: string; ref: string }) {
      if (this.brokenArchive) {
        throw new OperationError("invalid-argument", { type: "image", id: name }, "is no archive");
      }
      yield {
        response: { case: "progress" as const, value: { stage: "import", digest, doneBytes: 100n, totalBytes: 100n } },
      };
      this.content.ingests.delete(ref);
      yield {
        response: { case: "result" as const, value: { images: [{ name, target, createdAt: at, updatedAt: at }] } },
      };
    }.bind(this),
    deleteImage: ({ name }) => {
      this.#checkName(name);
      return { removedContent: [digest], removedSnapshots: [chainId] };
    },
  };

  #checkName(name: string): void {
    if (name !== "box") {
      throw new OperationError("not-found", { type: "image", id: name }, "there is no such image");
    }
  }
}

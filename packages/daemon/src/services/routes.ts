import type { DescService } from "@bufbuild/protobuf";
import type { ConnectRouter } from "@connectrpc/connect";
import { ContainerService } from "@gantry/api/gantry/containers/v1";
import { ContentService } from "@gantry/api/gantry/content/v1";
import { EventService } from "@gantry/api/gantry/events/v1";
import { ImageService } from "@gantry/api/gantry/images/v1";
import { LeaseService } from "@gantry/api/gantry/leases/v1";
import { NamespaceService } from "@gantry/api/gantry/namespaces/v1";
import { SnapshotService } from "@gantry/api/gantry/snapshots/v1";
import { SystemService } from "@gantry/api/gantry/system/v1";
import { Health, ServerReflection, ServerReflectionV1Alpha } from "@gantry/api/grpc";
import type { Core } from "../core/core.ts";
import { createContainerService } from "./containers.ts";
import { createContentService } from "./content.ts";
import { createEventService } from "./events.ts";
import type { HealthState } from "./health.ts";
import { createImageService } from "./images.ts";
import { filesOfAny } from "./json-registry.ts";
import { createLeaseService } from "./leases.ts";
import { createNamespaceService } from "./namespaces.ts";
import { Reflection } from "./reflection.ts";
import { createSnapshotService } from "./snapshots.ts";
import { createSystemService, type SystemFacts } from "./system.ts";

/** All services that the daemon serves, those of gRPC itself last. */
export const services: readonly DescService[] = [
  ContainerService,
  ContentService,
  EventService,
  ImageService,
  LeaseService,
  NamespaceService,
  SnapshotService,
  SystemService,
  Health,
  ServerReflection,
  ServerReflectionV1Alpha,
];

/** Methods that last as long as their caller likes, besides those that stream. */
export const lastingMethods: ReadonlySet<string> = new Set([`${ContainerService.typeName}/WaitContainer`]);

/** Binds the services to what they speak for. */
export function createRoutes(core: Core, health: HealthState, facts: SystemFacts): (router: ConnectRouter) => void {
  const reflection = new Reflection(services, filesOfAny);
  return (router) => {
    router
      .service(ContainerService, createContainerService(core.containers))
      .service(ContentService, createContentService(core.contents))
      .service(EventService, createEventService(core.events))
      .service(ImageService, createImageService(core.images))
      .service(LeaseService, createLeaseService())
      .service(NamespaceService, createNamespaceService(core))
      .service(SnapshotService, createSnapshotService(core.snapshots, core.snapshotDiffs))
      .service(SystemService, createSystemService(core, facts))
      .service(Health, health.service())
      .service(ServerReflection, { serverReflectionInfo: (requests) => reflection.answer(requests) })
      .service(ServerReflectionV1Alpha, { serverReflectionInfo: (requests) => reflection.answer(requests) });
  };
}

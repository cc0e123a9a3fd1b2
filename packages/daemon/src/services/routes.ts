import type { DescService } from "@bufbuild/protobuf";
import { createServiceImplSpec, type ServiceImpl } from "@connectrpc/connect";
import { TokenService } from "@gantry/api/gantry/access/v1";
import { ContainerService } from "@gantry/api/gantry/containers/v1";
import { ContentService } from "@gantry/api/gantry/content/v1";
import { EventService } from "@gantry/api/gantry/events/v1";
import { GcService } from "@gantry/api/gantry/gc/v1";
import { ImageService } from "@gantry/api/gantry/images/v1";
import { LeaseService } from "@gantry/api/gantry/leases/v1";
import { NamespaceService } from "@gantry/api/gantry/namespaces/v1";
import { SnapshotService } from "@gantry/api/gantry/snapshots/v1";
import { SystemService } from "@gantry/api/gantry/system/v1";
import { Health, ServerReflection, ServerReflectionV1Alpha } from "@gantry/api/grpc";
import type { Core } from "../core/core.ts";
import type { BoundService } from "../listener/rpc-handler.ts";
import { createContainerService } from "./containers.ts";
import { createContentService } from "./content.ts";
import { createEventService } from "./events.ts";
import { createGcService } from "./gc.ts";
import type { HealthState } from "./health.ts";
import { createImageService } from "./images.ts";
import { filesOfAny } from "./json-registry.ts";
import { createLeaseService } from "./leases.ts";
import { createNamespaceService } from "./namespaces.ts";
import { Reflection } from "./reflection.ts";
import { createSnapshotService } from "./snapshots.ts";
import { createSystemService, type SystemFacts } from "./system.ts";
import { createTokenService } from "./tokens.ts";

/** All services that the daemon serves, those of gRPC itself last. */
export const services: readonly DescService[] = [
  ContainerService,
  ContentService,
  EventService,
  GcService,
  ImageService,
  LeaseService,
  NamespaceService,
  SnapshotService,
  SystemService,
  TokenService,
  Health,
  ServerReflection,
  ServerReflectionV1Alpha,
];

/** Methods that last as long as their caller likes, besides those that stream. */
export const lastingMethods: ReadonlySet<string> = new Set(
  ["WaitContainer", "StopContainer", "RestartContainer"].map((name) => `${ContainerService.typeName}/${name}`),
);

/** Binds the services to what they speak for. */
export function createServices(core: Core, health: HealthState, facts: SystemFacts): readonly BoundService[] {
  const reflection = new Reflection(services, filesOfAny);
  return [
    bind(ContainerService, createContainerService(core.containers)),
    bind(ContentService, createContentService(core.contents)),
    bind(EventService, createEventService(core.events)),
    bind(GcService, createGcService(core.collector)),
    bind(ImageService, createImageService(core.images)),
    bind(LeaseService, createLeaseService(core.leases, core.collector)),
    bind(NamespaceService, createNamespaceService(core)),
    bind(SnapshotService, createSnapshotService(core.snapshots, core.snapshotDiffs)),
    bind(SystemService, createSystemService(core, facts)),
    bind(TokenService, createTokenService(core.tokens)),
    bind(Health, health.service()),
    bind(ServerReflection, { serverReflectionInfo: (requests) => reflection.answer(requests) }),
    bind(ServerReflectionV1Alpha, { serverReflectionInfo: (requests) => reflection.answer(requests) }),
  ];
}

function bind<Service extends DescService>(service: Service, implementation: ServiceImpl<Service>): BoundService {
  return {
    spec: createServiceImplSpec(service, implementation),
    addTo: (router) => void router.service(service, implementation),
  };
}

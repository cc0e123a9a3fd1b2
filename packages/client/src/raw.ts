import { type Client, createClient, type Transport } from "@connectrpc/connect";
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
import { Health } from "@gantry/api/grpc";

/** The generated clients, message in and message out. They throw `OperationError` like everything else here. */
export interface RawClients {
  readonly containers: Client<typeof ContainerService>;
  readonly content: Client<typeof ContentService>;
  readonly events: Client<typeof EventService>;
  readonly gc: Client<typeof GcService>;
  readonly health: Client<typeof Health>;
  readonly images: Client<typeof ImageService>;
  readonly leases: Client<typeof LeaseService>;
  readonly namespaces: Client<typeof NamespaceService>;
  readonly snapshots: Client<typeof SnapshotService>;
  readonly system: Client<typeof SystemService>;
  readonly tokens: Client<typeof TokenService>;
}

export function createRawClients(transport: Transport): RawClients {
  return {
    containers: createClient(ContainerService, transport),
    content: createClient(ContentService, transport),
    events: createClient(EventService, transport),
    gc: createClient(GcService, transport),
    health: createClient(Health, transport),
    images: createClient(ImageService, transport),
    leases: createClient(LeaseService, transport),
    namespaces: createClient(NamespaceService, transport),
    snapshots: createClient(SnapshotService, transport),
    system: createClient(SystemService, transport),
    tokens: createClient(TokenService, transport),
  };
}

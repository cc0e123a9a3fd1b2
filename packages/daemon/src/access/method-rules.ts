import type { DescService } from "@bufbuild/protobuf";
import { TokenService } from "@gantry/api/gantry/access/v1";
import { ContainerService } from "@gantry/api/gantry/containers/v1";
import { ContentService } from "@gantry/api/gantry/content/v1";
import { EventService } from "@gantry/api/gantry/events/v1";
import { ImageService } from "@gantry/api/gantry/images/v1";
import { LeaseService } from "@gantry/api/gantry/leases/v1";
import { NamespaceService } from "@gantry/api/gantry/namespaces/v1";
import { SnapshotService } from "@gantry/api/gantry/snapshots/v1";
import { SystemService } from "@gantry/api/gantry/system/v1";
import { Health, ServerReflection, ServerReflectionV1Alpha } from "@gantry/api/grpc";
import type { Role } from "./role.ts";

/** What a call of a method takes. */
export interface MethodRule {
  /** The least role; `null`: anybody may, also who has shown nothing. */
  readonly role: Role | null;
  /** Whether a call changes something, and so leaves a line in the audit log. */
  readonly mutates: boolean;
  /**
   * What the caller has to have been given besides the role:
   * - `namespace`: the namespace that the request's header names
   * - a path of fields: the namespace that the message names there
   * - `daemon`: all namespaces, since the answer tells of them all
   * - `nothing`: no namespace, or the service itself tells each caller only of its own
   */
  readonly concerns: "namespace" | "daemon" | "nothing" | { readonly field: string };
}

const look: MethodRule = { role: "reader", mutates: false, concerns: "namespace" };
const lookAnywhere: MethodRule = { ...look, concerns: "nothing" };
const change: MethodRule = { role: "operator", mutates: true, concerns: "namespace" };
const manage = (field: string): MethodRule => ({ role: "admin", mutates: true, concerns: { field } });

/** Every method of a service, by the name that the generated code gives it: one without a rule does not compile. */
type RulesOf<Service extends DescService> = Readonly<Record<keyof Service["method"], MethodRule>>;

const containers: RulesOf<typeof ContainerService> = {
  createContainer: change,
  startContainer: change,
  getContainer: look,
  listContainers: look,
  updateContainer: change,
  deleteContainer: change,
  killContainer: change,
  stopContainer: change,
  restartContainer: change,
  listExits: look,
  pauseContainer: change,
  resumeContainer: change,
  waitContainer: look,
  listProcesses: look,
  updateResources: change,
  getStats: look,
  streamStats: look,
  checkpointContainer: change,
  createExec: change,
  startExec: change,
  getExec: look,
  deleteExec: change,
  attach: look,
  writeStdin: change,
  closeStdin: change,
  resizeTerminal: change,
  session: change,
};

const content: RulesOf<typeof ContentService> = {
  statContent: look,
  listContent: look,
  readContent: look,
  updateContent: change,
  deleteContent: change,
  writeContent: change,
  commitContent: change,
  getIngest: look,
  listIngests: look,
  abortIngest: change,
};

const images: RulesOf<typeof ImageService> = {
  createImage: change,
  getImage: look,
  listImages: look,
  deleteImage: change,
  resolveImage: look,
  importImage: change,
  unpackImage: change,
  pullImage: change,
  pushImage: change,
};

const leases: RulesOf<typeof LeaseService> = {
  createLease: change,
  deleteLease: change,
  listLeases: look,
  addResource: change,
  removeResource: change,
  listResources: look,
};

const namespaces: RulesOf<typeof NamespaceService> = {
  createNamespace: manage("namespace.name"),
  getNamespace: { ...look, concerns: { field: "name" } },
  listNamespaces: lookAnywhere,
  updateNamespace: manage("namespace.name"),
  deleteNamespace: manage("name"),
};

const snapshots: RulesOf<typeof SnapshotService> = {
  getCapabilities: lookAnywhere,
  prepareSnapshot: change,
  viewSnapshot: change,
  listMounts: look,
  commitSnapshot: change,
  removeSnapshot: change,
  statSnapshot: look,
  updateSnapshot: change,
  getUsage: look,
  listSnapshots: look,
  diffSnapshots: look,
};

const tokens: RulesOf<typeof TokenService> = {
  createToken: { role: "admin", mutates: true, concerns: "daemon" },
  listTokens: { role: "admin", mutates: false, concerns: "daemon" },
  deleteToken: { role: "admin", mutates: true, concerns: "daemon" },
};

const events: RulesOf<typeof EventService> = { subscribe: look };
const system: RulesOf<typeof SystemService> = { getVersion: lookAnywhere, getInfo: { ...look, concerns: "daemon" } };
// A prober is seldom given a secret, and is told one word.
const health: RulesOf<typeof Health> = { check: { ...lookAnywhere, role: null }, watch: lookAnywhere };
const reflection: RulesOf<typeof ServerReflection> = { serverReflectionInfo: lookAnywhere };

const rules = new Map<string, MethodRule>([
  ["gantry.gc.v1.GcService/CollectGarbage", change],
  ["gantry.gc.v1.GcService/ExplainObject", look],
]);
add(ContainerService, containers);
add(ContentService, content);
add(EventService, events);
add(ImageService, images);
add(LeaseService, leases);
add(NamespaceService, namespaces);
add(SnapshotService, snapshots);
add(SystemService, system);
add(TokenService, tokens);
add(Health, health);
add(ServerReflection, reflection);
add(ServerReflectionV1Alpha, reflection);

function add(service: DescService, ofService: Readonly<Record<string, MethodRule>>): void {
  for (const { name, localName } of service.methods) {
    const rule = ofService[localName];
    if (rule !== undefined) rules.set(`${service.typeName}/${name}`, rule);
  }
}

/** Returns the rule of a method, which is named `SERVICE/METHOD`; `undefined` for one that nobody has thought about. */
export function ruleOf(method: string): MethodRule | undefined {
  return rules.get(method);
}

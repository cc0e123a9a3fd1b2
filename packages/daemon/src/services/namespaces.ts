import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import type { NamespaceSchema, NamespaceService } from "@gantry/api/gantry/namespaces/v1";
import { dateToMessage, labelsFromMessage, labelsToMessage } from "@gantry/api/wire";
import { callerOf } from "../access/caller.ts";
import { includesNamespace } from "../access/check-access.ts";
import type { Core } from "../core/core.ts";
import type { NamespaceRecord } from "../store/namespace-table.ts";

/** Serves `gantry.namespaces.v1.NamespaceService`. */
export function createNamespaceService(core: Core): ServiceImpl<typeof NamespaceService> {
  const { namespaces } = core;
  return {
    createNamespace: ({ namespace }) => {
      const labels = labelsFromMessage(namespace?.labels ?? {});
      return { namespace: namespaceToMessage(namespaces.create(namespace?.name ?? "", labels)) };
    },
    getNamespace: ({ name }) => ({ namespace: namespaceToMessage(namespaces.get(name)) }),
    listNamespaces: (_, context) => {
      const { grant } = callerOf(context);
      const visible = namespaces.list().filter(({ name }) => grant !== null && includesNamespace(grant, name));
      return { namespaces: visible.map(namespaceToMessage) };
    },
    updateNamespace: ({ namespace, updateMask }) => {
      const labels = labelsFromMessage(namespace?.labels ?? {});
      return {
        namespace: namespaceToMessage(namespaces.update(namespace?.name ?? "", labels, updateMask?.paths ?? [])),
      };
    },
    deleteNamespace: async ({ name }) => {
      await core.deleteNamespace(name);
      return {};
    },
  };
}

function namespaceToMessage(record: NamespaceRecord): MessageInitShape<typeof NamespaceSchema> {
  return {
    name: record.name,
    labels: labelsToMessage(record.labels),
    createdAt: dateToMessage(record.createdAt),
    updatedAt: dateToMessage(record.updatedAt),
  };
}
